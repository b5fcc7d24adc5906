"""URLs that attackers name, by what they name; ``{port}`` is a real listener's."""


def _listed(text: str) -> list[str]:
    return text.split()


NUMBERS = _listed("""
127.0.0.1 127.0.0.1. 127.1 127.0.1 0x7f.1 0x7f.0.0.1 0x7f.0x0.0x0.0x1 0X7F.0X0.0X0.0X1 0x7f000001
0x7F000001 0x0000000000007f000001 0177.1 0177.0.0.1 0177.0.0.01 00000177.0.1 017700000001 2130706433
127.0x1 127.0.0x1 127.0x0.1 0x7f.0.01 127.0.0.0x1 0 00 0x0 0.0 0.0.0.0 0.0.0.0. 0x0.0x0
127.0.0.2 127.127.127.127 127.255.255.254 127.16777214 127.65535 2147483646
[::1] [0:0:0:0:0:0:0:1] [0000:0000:0000:0000:0000:0000:0000:0001] [::0001] [::]
[0:0:0:0:0:0:0:0] [::ffff:127.0.0.1] [::FFFF:127.0.0.1] [::ffff:7f00:1] [::ffff:0:127.0.0.1]
[0:0:0:0:0:ffff:127.0.0.1] [0:0:0:0:0:ffff:7f00:0001] [::127.0.0.1] [::ffff:127.8.8.8]
[::ffff:0.0.0.0] 127。0。0。1 127．0．0．1 127｡0｡0｡1 127.0.0。1
""")
"""Spellings of this machine that are a number to the system's resolver."""

NAMES = _listed("""
localhost LOCALHOST LocalHost localhost. localhost.localdomain localhost6 ip6-localhost
ip6-loopback loopback 127.0.0.1.nip.test 7f000001.rbndr.test spoofed.test www.shop.test
bücher.test xn--bcher-kva.test a.b.c.d.e.test _srv.test
""")
"""Names that a resolver may say are this machine."""

UNUSABLE = [
    *_listed("""
http://１２７.0.0.1:{port}/ http://①②⑦.⓪.⓪.①:{port}/ http://127.0.0.１:{port}/
http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:{port}/ http://localhost\u00ad:{port}/ http://loc\u200balhost:{port}/
http://127.000.000.001:{port}/ http://0127.0.0.1:{port}/ http://127.0.0.1.5:{port}/
http://127%2e0%2e0%2e1:{port}/ http://%31%32%37.0.0.1:{port}/ http://%6c%6f%63alhost:{port}/
http://127.0.0.1%00.shop.test:{port}/ http://127.0.0.1%0a.shop.test:{port}/
http://[::1%25lo]:{port}/ http://[::1%lo]:{port}/ http://[::1%251]:{port}/ http://[v1.127]:{port}/
http://[127.0.0.1]:{port}/ http://[localhost]:{port}/ http://::1:{port}/ http://[::1]]:{port}/
http://[[::1]]:{port}/ http://[::1:{port}/ http://[::ffff:127.1]:{port}/ http://[0x7f.1]:{port}/
http:127.0.0.1:{port}/ http:/127.0.0.1:{port}/ http:///127.0.0.1:{port}/ http:\\\\127.0.0.1:{port}/
http:\\/127.0.0.1:{port}/ //127.0.0.1:{port}/ \\\\127.0.0.1:{port}\\ 127.0.0.1:{port}/
http://127.0.0.1\\:{port}/ http://127.0.0.1\\.shop.test:{port}/ http://127.0.0.1::{port}/
http://127.0.0.1:{port}0000/ http://127.0.0.1:-{port}/ http://127.0.0.1:+{port}/
http://127.0.0.1:{port}x/ http://127.0.0.1:٨٠/ http://.127.0.0.1:{port}/ http://127..0.0.1:{port}/
http://127.0.0.1..:{port}/ http://.:{port}/
"""),
    "http://127.0.0.1\t:{port}/", "http://127.0.0.1\n:{port}/", "http://127.0.0.1\r\nX:{port}/",
    "\x00http://127.0.0.1:{port}/", "http://127.0.0.1\x00:{port}/", " http://127.0.0.1:{port}/",
    "http:// 127.0.0.1:{port}/", "http://127.0.0.1 :{port}/", "\thttp://127.0.0.1:{port}/",
]  # fmt: skip
"""URLs that some program would take for this machine's, and that must not be fetched."""

DISGUISED = _listed("""
http://shop.test@127.0.0.1:{port}/ http://shop.test:80@127.0.0.1:{port}/ http://@127.0.0.1:{port}/
http://shop.test%40127.0.0.1:{port}/ http://8.8.8.8\\@127.0.0.1:{port}/
http://127.0.0.1:{port}@127.0.0.1:{port}/ http://me:secret@localhost:{port}/photo.jpg
HTTP://127.0.0.1:{port}/ hTTp://127.0.0.1:{port}/ https://127.0.0.1:{port}/ HTTPS://[::1]:{port}/
http://127.0.0.1:{port}#@shop.test/ http://127.0.0.1:{port}?@shop.test/
http://127.0.0.1:{port}/../../photo.jpg http://127.0.0.1:{port}/photo.jpg%00.png
http://127.0.0.1:{port}/?url=http://shop.test/ http://127.0.0.1:{port};@shop.test/
""")
"""URLs of this machine that look like another's."""

SCHEMES = _listed("""
ftp ftps sftp tftp scp ssh telnet file gopher dict ldap ldaps smb afp nfs imap pop3 smtp rtsp rtmp
ws wss jar netdoc php phar zip data blob about view-source javascript mailto unix http+unix httpx
""")
"""Nothing but http and https is fetched."""

ELSEWHERE = _listed("""
0.0.0.0 0.0.0.1 0.255.255.255 10.0.0.1 10.255.255.255 012.0.0.1 0xa.1 167772161 10.1 100.64.0.1
100.100.100.200 100.127.255.255 169.254.0.1 169.254.169.254 169.254.43518
0xa9fea9fe 0xa9.0xfe.0xa9.0xfe 0xA9.254.0251.0xfe 0251.0376.0251.0376 025177524776 2852039166
169.254.170.2 169.254.169.253 169.254.169.123 172.16.0.1 172.31.255.255 0xac.16.1 192.0.0.1
192.0.0.8 192.0.0.9 192.0.0.170 192.0.0.192 192.0.2.1 192.88.99.1 192.168.0.1 192.168.1.1
192.168.257 0xc0a80101 030052000401 3232235777 168.63.129.16 0xa83f8110 198.18.0.1 198.19.255.255
198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.250 240.0.0.1 250.1.2.3 255.255.255.255 4294967295
::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:a9fe:a9fe ::ffff:168.63.129.16 ::ffff:192.168.1.1
::ffff:0:10.0.0.1 ::10.0.0.1 ::8.8.8.8 ::2 64:ff9b::10.0.0.1 64:ff9b::a9fe:a9fe 64:ff9b::7f00:1
64:ff9b::c0a8:101 64:ff9b:1::1 64:ff9b:1::808:808 100::1 100:0:0:1::1 2001::1 2001:0:4136:e378::1
2001:0:a9fe:a9fe:: 2001:2::1 2001:3::1 2001:10::1 2001:20::1 2001:db8::1 2001:db8:ffff::1 3fff::1
3fff:fff:ffff::1 2002:7f00:1::1 2002:a00:1::1 2002:a9fe:a9fe::1 2002:c0a8:101::1 2002:a83f:8110::1
2001:470::5efe:10.0.0.1 2001:470::200:5efe:a9fe:a9fe 2606:4700::5efe:127.0.0.1
2001:470::5efe:808:808 5f00::1 4000::1 8000::1 fc00::1 fc00::5efe:8.8.8.8 fd00::1
 fd00:ec2::254 fd20:ce::254 fdff:ffff::1
fe80::1 fe80::a9fe:a9fe fe80::5efe:8.8.8.8 febf::1 fec0::1 feff::1 ff00::1 ff01::1 ff02::1 ff05::1:3
ff0e::1
""")
"""Addresses of other machines, in any spelling, that must never be asked about a picture."""

METADATA = _listed("""
metadata metadata.google.internal metadata.google.internal. METADATA.GOOGLE.INTERNAL
instance-data instance-data.ec2.internal metadata.azure.internal metadata.packet.net
metadata.platformequinix.com rancher-metadata kubernetes.default.svc host.docker.internal
""")
"""Names by which clouds' machines find their secrets, each at an address that is not public."""
