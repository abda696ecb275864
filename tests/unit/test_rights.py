"""Whose a picture is: what its names tell, and when we may show it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from curator import rights
from curator.model import Image

LICENSES = ("cc0", "pdm", "by", "by-sa", "by-nd", "unsplash")


def an_image(name: str = "queue.jpg", **said: str | None) -> Image:
    return Image(url=f"https://blog.example/wp-content/uploads/{name}", **said)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("words", "agency"),
    [
        ("Embed from Getty Images", "Getty Images"),
        ("CREDIT: Getty Images", "Getty Images"),
        ("GettyImages-1234567-1024x683.jpg", "Getty Images"),
        ("Ann Lee/Getty", "Getty Images"),
        ("the consumer.iStock_000026964040XXLarge", "iStock"),
        ("relationship. 2535985_HiRes Trying", None),
        ("shutterstock_12345678.jpg", "Shutterstock"),
        ("AdobeStock_98765432.jpeg", "Adobe Stock"),
        ("Foto: Rossi/ANSA", "ANSA"),
    ],
)
def test_a_name_tells_the_agency_that_sells_the_picture(words: str, agency: str | None) -> None:
    assert [(mark.agency, mark.sold) for mark in rights.marks(words)] == [(agency, True)]


@pytest.mark.parametrize(
    ("name", "agency", "photographer", "page"),
    [
        (
            "No_Problem_olav-ahrens-rotne-4Ennrbj1svk-unsplash.jpg",
            "Unsplash",
            "Olav Ahrens Rotne",
            "https://unsplash.com/photos/4Ennrbj1svk",
        ),
        (
            "jo-smith--Xy_z123456-unsplash-scaled.jpg",
            "Unsplash",
            "Jo Smith",
            "https://unsplash.com/photos/-Xy_z123456",
        ),
        ("pexels-ann-lee-3184292.jpg", "Pexels", "Ann Lee", "https://www.pexels.com/photo/3184292/"),
        ("pexels-photo-3184292.jpeg", "Pexels", None, "https://www.pexels.com/photo/3184292/"),
        ("3462376323_e55120ea0a", "Flickr", None, "https://www.flickr.com/photo.gne?id=3462376323"),
        ("woman-3219507_1920.jpg", "Pixabay", None, None),
    ],
)
def test_a_name_tells_who_gives_the_picture_away(
    name: str, agency: str, photographer: str | None, page: str | None
) -> None:
    (mark,) = rights.marks(name)

    assert (mark.agency, mark.photographer, mark.page, mark.sold) == (agency, photographer, page, False)


@pytest.mark.parametrize(
    "words",
    [
        "Promise",
        "scalamyth",
        "Corbisier",
        "unsplashed",
        "J. Paul Getty Museum",
        "transamerica",
        "Ansaldo",
        "cropped-ax_2.jpg",
        "Olav Rotne",
        "2019_report",
    ],
)
def test_other_words_name_nobody(words: str) -> None:
    assert rights.marks(words) == ()


def test_a_folder_of_an_address_names_no_agency() -> None:
    image = Image(url="https://blog.example/getty-images-review/queue.jpg?from=shutterstock")

    assert rights.marks_of(image) == ()


def test_an_agencys_picture_is_warned_of_until_a_permission_is_recorded() -> None:
    image = an_image("iStock_000026964040XXLarge.jpg", credit="Ada", license="CC BY 4.0")

    (problem,) = rights.warnings(image)
    assert (problem.code, problem.field, problem.blocks) == ("lint_image_rights", "image", False)
    assert problem.data["agency"] == "iStock"
    assert rights.warnings(an_image("iStock_000026964040XXLarge.jpg", permission="fattura 12")) == ()


def test_a_free_librarys_picture_comes_with_the_credit_it_wants() -> None:
    (problem,) = rights.warnings(an_image("olav-ahrens-rotne-4Ennrbj1svk-unsplash.jpg"))

    assert problem.code == "lint_image_license"
    assert problem.data["suggestion"] == "Olav Ahrens Rotne / Unsplash"
    assert problem.data["page"] == "https://unsplash.com/photos/4Ennrbj1svk"
    licensed = an_image("olav-ahrens-rotne-4Ennrbj1svk-unsplash.jpg", license="Unsplash License")
    assert rights.warnings(licensed) == ()


def test_a_file_name_is_neither_alt_text_nor_credit() -> None:
    found = rights.warnings(an_image(alt="cropped-ax_2.jpg", credit="IMG_2041"))

    assert [(p.code, p.field) for p in found] == [
        ("lint_image_file_name", "image.alt"),
        ("lint_image_file_name", "image.credit"),
    ]
    assert rights.warnings(an_image(alt="Una coda davanti a uno sportello", credit="Ada Rossi")) == ()


@pytest.mark.parametrize(
    ("stated", "family"),
    [
        ("https://creativecommons.org/licenses/by/4.0/", "by"),
        ("http://creativecommons.org/licenses/by-nc-nd/3.0/deed.it", "by-nc-nd"),
        ("https://creativecommons.org/publicdomain/zero/1.0/", "cc0"),
        ("https://creativecommons.org/publicdomain/mark/1.0/", "pdm"),
        ("CC BY 4.0", "by"),
        ("cc-by-sa", "by-sa"),
        ("CC BY-SA 3.0 IT", "by-sa"),
        ("CC0", "cc0"),
        ("Pubblico dominio", "pdm"),
        ("https://unsplash.com/license", "unsplash"),
        ("Unsplash License", "unsplash"),
        ("All rights reserved", None),
        ("by", None),
        ("https://creativecommons.org.evil.example/licenses/by/4.0/", None),
        ("", None),
        (None, None),
    ],
)
def test_a_licence_is_known_by_its_address_or_its_words(stated: str | None, family: str | None) -> None:
    assert rights.license_family(stated) == family


@pytest.mark.parametrize(
    ("image", "shown"),
    [
        (an_image(credit="Ada", license="CC BY 4.0"), True),
        (an_image(credit="Ada", permission="Ada Rossi, per mail, 3 marzo"), True),
        (an_image("iStock_000026964040XXLarge.jpg", credit="iStock", permission="fattura 12"), True),
        (an_image(credit="Ada"), False),
        (an_image(license="CC0"), False),
        (an_image(permission="Ada Rossi, per mail"), False),
        (an_image(credit="Ada", license="CC BY-NC 4.0"), False),
        (an_image(credit="Ada", license="All rights reserved"), False),
        (an_image(credit="Ada / Getty Images", license="CC BY 4.0"), False),
        (an_image(credit=" ", license="CC BY 4.0"), False),
    ],
)
def test_a_picture_is_shown_only_with_its_credit_and_a_right_to_it(image: Image, *, shown: bool) -> None:
    assert rights.may_show(image, licenses=LICENSES) is shown


def test_two_places_say_more_of_one_picture_than_each() -> None:
    small, large = an_image("queue-300x200.jpg", alt="Una coda"), an_image(credit="Ada", license="CC0")

    assert rights.completed(small, large) == replace(small, credit="Ada", license="CC0")
    assert rights.completed(small, an_image("other.jpg", credit="Bo")) == small
    assert rights.completed(None, large) == large
    assert rights.completed(small, None) == small


def test_a_file_name_that_was_taken_for_a_caption_tells_whose_the_picture_is() -> None:
    (problem,) = rights.warnings(an_image(file_name="2535985_HiRes"))

    assert problem.code == "lint_image_bought"
