"""Words that tell tellings apart, and words that tell nothing; as they are compared, without accents."""

from __future__ import annotations

SMALL = frozenset(
    "the and for with that this from are was were has have had not but you your our their they its his her"
    " who what when why how che con per una uno del della dei delle degli dal dalla nel nella sul sulla non"
    " gli les des une est pour qui que dans der die das und ist mit von den ein eine los las por"
    " para como".split()
)

NEGATIONS = frozenset(
    "not no never without non mai senza nessuno pas jamais sans nicht kein keine nie ohne sin nunca".split()
)

ORDINALS = {
    word: str(n)
    for n, words in enumerate(
        (
            "first prima primo premier premiere erste erster primera primero",
            "second seconda secondo deuxieme zweite zweiter segunda segundo ii",
            "third terza terzo troisieme dritte dritter tercera tercero iii",
            "fourth quarta quarto quatrieme vierte vierter cuarta cuarto iv",
            "fifth quinta quinto cinquieme funfte funfter",
            "sixth sesta sesto sixieme sechste sechster sexta sexto vi",
            "seventh settima settimo septieme siebte siebter septima septimo vii",
        ),
        start=1,
    )
    for word in words.split()
}

WHEN = frozenset(  # "may" is left out: it mostly is no month
    "january february march april june july august september october november december"
    " monday tuesday wednesday thursday friday saturday sunday spring summer autumn winter"
    " gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre"
    " primavera estate autunno inverno janvier fevrier mars avril mai juin juillet aout septembre octobre"
    " decembre januar februar marz juni juli oktober dezember enero febrero abril mayo junio julio"
    " septiembre octubre noviembre diciembre".split()
)
