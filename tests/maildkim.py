"""Mail::DKIM (Perl), a second reader of DKIM signatures; it asks our table instead of the DNS."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence

_PROGRAM = r"""
package Table;
sub new { my ($class, $said) = @_; return bless {said => $said}, $class }
sub errorstring { return 'NOERROR' }
sub send {
    my ($self, $name, $type) = @_;
    my $packet = Net::DNS::Packet->new($name, $type);
    my $text = $self->{said}{$name};
    $packet->header->rcode(defined $text ? 'NOERROR' : 'NXDOMAIN');
    $packet->push(answer => Net::DNS::RR->new(
        name => $name, type => 'TXT', txtdata => [$text =~ /(.{1,250})/g])) if defined $text;
    return $packet;
}

package main;
use strict;
use JSON::PP;
use MIME::Base64;
use Net::DNS;
use Mail::DKIM::Verifier;
use Mail::DKIM::DNS;

my $asked = decode_json(do { local $/; <STDIN> });
Mail::DKIM::DNS::resolver(Table->new($asked->{dns}));
my @verdicts;
for my $mail (@{$asked->{mails}}) {
    my $reading = Mail::DKIM::Verifier->new();
    $reading->PRINT(decode_base64($mail));
    $reading->CLOSE();
    push @verdicts, {map { $_->algorithm => $_->result } $reading->signatures};
}
print encode_json(\@verdicts);
"""


class NoMailDkim(Exception):
    """It is not on this machine."""


def require_mail_dkim() -> None:
    perl = shutil.which("perl")
    if (
        perl is None
        or subprocess.run([perl, "-MMail::DKIM", "-e1"], capture_output=True, check=False).returncode
    ):
        raise NoMailDkim("Debian has it as libmail-dkim-perl")


def verdicts(mails: Sequence[bytes], *, dns: Mapping[str, str]) -> list[dict[str, str]]:
    """Of each mail, what became of its signatures, by algorithm: pass, fail or invalid."""
    asked = {"dns": dict(dns), "mails": [base64.b64encode(mail).decode() for mail in mails]}
    ran = subprocess.run(
        ["perl", "-e", _PROGRAM],
        input=json.dumps(asked).encode(),
        capture_output=True,
        check=True,
        timeout=60,
    )
    found: list[dict[str, str]] = json.loads(ran.stdout)
    return found
