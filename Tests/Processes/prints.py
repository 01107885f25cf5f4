"""Prints of a dossier between two offices: what stands on paper is what was signed, by whom, and of which revision.

One side signs a handover and the other does not; the list is changed, and the first signature is over an earlier
revision; both sign. Values are hostile, erased, and phone numbers without consent. Where Chromium is installed the same
comes as PDF, whose pages and text are compared; where it is not, the program says so.
"""
import html
import json
import os
import re
import shutil
import subprocess
import tempfile
import zlib

PROGRAM = os.environ["MUFAKAT_PROGRAM"]
PROCEDURE = os.path.join(os.path.dirname(__file__), "prints.json")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DRAFT = "KONSEP, belum ditandatangani para pihak"
STATEMENT = (r"Disetujui dalam aplikasi oleh {} \(.+?\), \d+ \w+ \d{{4}} \d\d\.\d\d \w+\. "
             r"Sidik jari dokumen: {}\. Bukan tanda tangan elektronik tersertifikasi\.")


def call(home, *arguments, env=None, cwd=None):
    command = [PROGRAM, *arguments, "--replica", home]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=env, cwd=cwd)


def run(home, *arguments, code=0, cwd=None):
    done = call(home, *arguments, cwd=cwd)
    assert done.returncode == code, f"{arguments}: {done.returncode}\n{done.stderr}"
    return done.stdout.strip()


def value(home, *arguments, cwd=None):
    return json.loads(run(home, *arguments, "--json", cwd=cwd))


class Server:
    """`mufakat serve` while the block lasts."""

    def __init__(self, home):
        self.home, self.file = home, home + ".address"

    def __enter__(self):
        self.process = subprocess.Popen([PROGRAM, "serve", "--listen", "127.0.0.1:0", "--address-file", self.file, "--as",
                                         "simpul", "--replica", self.home], stderr=subprocess.DEVNULL)
        while not (os.path.exists(self.file) and os.path.getsize(self.file)):
            assert self.process.poll() is None
        with open(self.file, encoding="utf-8") as file:
            return file.read().strip()

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        os.remove(self.file)


def paper(home, folder, dossier, *arguments):
    """A print as text without its elements, and the page itself."""
    path = os.path.join(folder, "print.html")
    said = value(home, "print", dossier, *arguments, "--out", path)
    assert said["file"] == path, said
    with open(path, encoding="utf-8") as file:
        page = file.read()
    body = page[page.index("<body>"):]
    # Rows and cells stand apart as they do on paper; words within a line do not.
    text = re.sub(r"<(?!/?(strong|span)\b)[^>]*>", " ", body)
    text = html.unescape(re.sub(r"<[^>]*>", "", text))
    return re.sub(r"\s+", " ", text), page, said


def offices(folder):
    homes = {name: os.path.join(folder, name) for name in ("hub", "opd")}
    hub, opd = homes["hub"], homes["opd"]
    quiet = ("--no-passphrase",)
    run(hub, "network", "create", "--name", "Kota", *quiet)
    it = value(hub, "unit", "create", "--name", "Diskominfo", "--kind", "it_agency", "--as", "network", *quiet)["id"]
    run(hub, "procedure", "publish", PROCEDURE, "--as", "network")
    run(hub, "device", "create", "simpul", "--node", "--title", "Simpul", "--as", "root", *quiet)
    request, invitation = os.path.join(folder, "r"), os.path.join(folder, "i")
    run(opd, "unit", "request", "--name", "Dinas Lingkungan Hidup", "--kind", "applicant", "--out", request, *quiet)
    run(hub, "unit", "admit", request, "--as", "network", "--out", invitation)
    run(opd, "join", invitation)
    run(opd, "device", "create", "simpul", "--node", "--title", "Simpul", "--as", "root", *quiet)
    unit = value(opd, "unit", "list")
    own = next(row["id"] for row in unit if row["id"] != it)
    people = [(hub, "kadis", "it.head", "Kepala Dinas Kominfo", ()),
              (hub, "umum", "it.general", "Umum", ()),
              (opd, "kaopd", "applicant.head", "Kepala Dinas Lingkungan Hidup", ("--capacity", "plt"))]
    for home, key, role, title, options in people:
        run(home, "device", "create", key, "--title", title, "--as", "root", *quiet)
        run(home, "mandate", "grant", key, "--role", role, "--instrument", f"SK {role}", "--title", title, *options,
            "--as", "root")
    return hub, opd, it, own


def meet(hub, opd):
    with Server(hub) as address:
        run(opd, "sync", address, "--as", "simpul")


def request(hub, opd, it, own):
    """A request with hostile texts, returned once."""
    dossier = value(opd, "new", "uji.cetak", "--title", "SI Bank Sampah <b>", "--party", f"applicant={own}", "--party",
                    f"it={it}", "--as", "kaopd")["dossier"]
    run(opd, "edit", dossier, "request_letter", "number=800/17/DLH", "letter_date=2026-03-27", "value=1250000",
        "subject=<script>alert(1)</script>", "system_name=\u0600<img src=x>\u202eabc", "--as", "kaopd")
    run(opd, "step", dossier, "done", "--as", "kaopd")
    meet(hub, opd)
    run(hub, "edit", dossier, "agenda_entry", "agenda_no=17", "received_at=2026-03-30 09.15", "--as", "umum")
    run(hub, "edit", dossier, "return_notice", "text=Mohon dilengkapi.", "--as", "umum")
    run(hub, "step", dossier, "dikembalikan", "--reason", "RAB belum ditandatangani", "--missing", "budget_plan",
        "--as", "umum")
    meet(hub, opd)
    run(opd, "edit", dossier, "request_letter", "--instance", "2", "letter_date=2026-03-31", "number=800/18/DLH", "value=-5",
        "subject=Permohonan", "system_name=Bank Sampah", "--as", "kaopd")
    run(opd, "step", dossier, "done", "--instance", "request_letter=2", "--as", "kaopd")
    meet(hub, opd)
    run(hub, "step", dossier, "lengkap", "--as", "umum")
    return dossier


def letters(hub, opd, folder, dossier):
    text, page, said = paper(opd, folder, dossier, "request_letter", "--instance", "1")
    assert said["draft"] == "" and "KONSEP" not in page, said
    for part in ("Nomor : 800/17/DLH", "27 Maret 2026", "Rp1.250.000,00 (satu juta dua ratus lima puluh ribu rupiah)",
                 "<script>alert(1)</script>", "<U+600>", "<U+202E>abc", "Plt. Kepala Dinas Lingkungan Hidup,"):
        assert part in text, (part, text)
    assert "<script" not in page and "<img src=x" not in page and "\u202e" not in page and "SI Bank Sampah <b>" not in page
    text, _, _ = paper(opd, folder, dossier, "request_letter")
    assert "800/18/DLH" in text and "Rp-5 (di luar rentang terbilang)" in text, text
    text, page, said = paper(hub, folder, dossier, "return_notice")
    assert "RAB belum ditandatangani" in text and "Rencana anggaran" in text and said["draft"] == "", text
    text, _, _ = paper(opd, folder, dossier, "--receipt")
    assert "Tanda Terima Berkas" in text and "Senin, 30 Maret 2026, pukul 09.15 WITA" in text, text
    assert text.count("Surat permohonan") == 2 and "800/17/DLH" in text, text


def dispositions(hub, folder, dossier):
    run(hub, "edit", dossier, "disposition_sheet", "to=Kepala Bidang", "instruction=Tindak lanjuti", "nature=sangat_segera",
        "deadline=2026-04-02", "--as", "kadis")
    row = "name={},unit=DLH,position=Staf,phone={}"
    run(hub, "edit", dossier, "attendance_list", "--row", "rows:" + row.format("Peserta Satu", "0811111") + ",phone_consent=ya",
        "--row", "rows:" + row.format("Peserta Dua", "0822222"),
        "--row", "rows:" + row.format("Peserta Tiga", "0833333") + ",phone_consent=tidak", "--as", "kadis")
    run(hub, "step", dossier, "done", "--as", "kadis")
    text, _, said = paper(hub, folder, dossier, "attendance_list")
    assert "0811111" in text and "0822222" not in text and "0833333" not in text, text
    assert "2 nomor telepon tidak dicetak: tanpa persetujuan." in said["notes"], said
    assert text.index("Peserta Satu") < text.index("Peserta Dua") < text.index("Peserta Tiga"), "in the order of writing"
    text, _, _ = paper(hub, folder, dossier, "--disposition")
    for part in ("☒ Sangat segera", "☐ Biasa", "Kepala Bidang", "Tindak lanjuti", "Kamis, 2 April 2026", "800/18/DLH",
                 "Disetujui dalam aplikasi oleh Kepala Dinas Kominfo"):
        assert part in text, (part, text)
    whole, _, _ = paper(hub, folder, dossier, "--history")
    assert "Peserta" not in whole and "0811111" not in whole, "no personal data in the history"


def handover(hub, opd, folder, dossier):
    """S12: one block filled and one empty; an earlier revision; both."""
    item = "items:name={},version=1.0,form=digital,location=repositori"
    run(hub, "edit", dossier, "handover_record", "place=Ruang Rapat", "number=027/BAST/E-BS/XI/2026", "--row",
        item.format("Aplikasi"), "--as", "kadis")
    text, _, said = paper(hub, folder, dossier, "handover_record")
    assert said["draft"] == DRAFT and "Disetujui dalam aplikasi oleh" not in text, said
    run(hub, "step", dossier, "diterima", "--as", "kadis")
    text, page, said = paper(hub, folder, dossier, "handover_record")
    first = fingerprint(hub, dossier)
    signed = re.compile(STATEMENT.format("Kepala Dinas Kominfo", first))
    assert said["draft"] == DRAFT and text.count("Disetujui dalam aplikasi oleh") == 1 and signed.search(text), text
    for part in ("PIHAK PERTAMA", "PIHAK KEDUA", "Kepala Perangkat Daerah,", "bertempat di Ruang Rapat",
                 "Nomor: 027/BAST/E-BS/XI/2026", "Nomor Dinas Lingkungan Hidup: ....", "dalam rangkap 2 (dua)"):
        assert part in text, (part, text)
    meet(hub, opd)
    run(opd, "edit", dossier, "handover_record", "number_applicant=5/BAST/DLH", "--instance", "1", "--row",
        item.format("Kunci repositori"), "--as", "kaopd")
    text, _, said = paper(opd, folder, dossier, "handover_record")
    second = fingerprint(opd, dossier)
    assert second != first and said["draft"] == DRAFT, said
    assert f"Atas revisi sebelumnya, tidak berlaku untuk revisi ini: Kepala Dinas Kominfo" in text and first in text, text
    assert "Disetujui dalam aplikasi oleh" not in text and "Kunci repositori" in text, text
    meet(hub, opd)
    run(hub, "step", dossier, "diterima", "--as", "kadis")
    meet(hub, opd)
    run(opd, "sign", dossier, "--as", "kaopd")
    meet(hub, opd)
    for home in (hub, opd):
        text, page, said = paper(home, folder, dossier, "handover_record")
        assert said["draft"] == "" and "KONSEP" not in page, said
        for who in ("Kepala Dinas Kominfo", "Plt. Kepala Dinas Lingkungan Hidup"):
            assert re.search(STATEMENT.format(re.escape(who), second), text), (who, text)
        assert "Atas revisi sebelumnya" not in text and "Nomor Dinas Lingkungan Hidup: 5/BAST/DLH" in text, text
        assert re.search(r"Pada hari ini \w+ tanggal [\w ]+ bulan \w+ tahun dua ribu [\w ]+ \(\d\d-\d\d-\d{4}\), bertempat", text)
    return second


def fingerprint(home, dossier):
    rows = value(home, "print", dossier, "--list")
    row = next(item for item in rows if item["print"] == "handover_record")
    digits = row["revision"][:12]
    assert row["fingerprint"] == "-".join(digits[place:place + 4] for place in (0, 4, 8)), row
    return row["fingerprint"]


def letterhead(hub, folder, dossier):
    pixel = (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", bytes([0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0]))
             + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b""))
    with open(os.path.join(folder, "logo.png"), "wb") as file:
        file.write(pixel)
    text, _, said = paper(hub, folder, dossier, "handover_record")
    assert "Kop belum diatur: mufakat letterhead set --from BERKAS." in said["notes"], said
    path = os.path.join(folder, "kop.json")

    def write(**form):
        with open(path, "w", encoding="utf-8") as file:
            json.dump(form, file)

    good = {"name": "Dinas Kominfo <i>", "government": "Pemerintah Kota Contoh", "address": "Jalan Contoh 1",
            "phone": "021", "email": "a@b.id", "web": "b.id", "city": "Contoh", "logo": "logo.png"}
    for bad in ({}, {"name": ""}, {"name": "x", "nama": "y"}, {"name": 5}, {"name": "x" * 301}, {"name": "x", "logo": "kop.json"},
                {"name": "x", "logo": "tidak-ada.png"}):
        write(**bad)
        run(hub, "letterhead", "set", "--from", path, code=1)
    assert value(hub, "letterhead", "show") == {}, "nothing was kept"
    write(**good)
    assert value(hub, "letterhead", "set", "--from", path)["government"] == "Pemerintah Kota Contoh"
    text, page, said = paper(hub, folder, dossier, "handover_record")
    assert said["notes"] == [] and "Pemerintah Kota Contoh" in text and "Dinas Kominfo <i>" in text, text
    assert "Dinas Kominfo <i>" not in page and "data:image/png;base64,iVBOR" in page, "escaped, with its picture"
    # The applicant's letter is not ours: it gets no letterhead of ours.
    text, _, said = paper(hub, folder, dossier, "request_letter")
    assert "Pemerintah Kota Contoh" not in text and len(said["notes"]) == 1, said


def chunk(kind, data):
    return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")


def proof(hub, folder, dossier):
    """The text of the QR code is that of the proof, and of no other."""
    network = value(hub, "network", "show")["fingerprint"]
    path = os.path.join(folder, "bast.evidence")
    run(hub, "evidence", "export", dossier, "--step", "4", "--out", path)
    row = next(item for item in value(hub, "print", dossier, "--list") if item["print"] == "handover_record")
    text = row["reference"]
    digits = network.replace(" ", "")
    assert text == f"mufakat:1/{digits}/{dossier}/handover_record/1/{row['revision']}", text
    verify = ("evidence", "verify", path, "--network", network)
    assert value(hub, *verify, "--print", text)["print"] is True
    assert "COCOK dengan bukti" in run(hub, *verify, "--print", text)
    assert row["fingerprint"] in run(hub, *verify)
    for other in (text[:-1], text.replace("/1/", "/2/"), text + "/usulan", text.upper(), ""):
        done = call(hub, *verify, "--print", other)
        assert done.returncode == 1 and "TIDAK cocok" in done.stdout, (other, done)


def register(hub, folder):
    path = os.path.join(folder, "register.html")
    value(hub, "print", "--register", "--out", path)
    with open(path, encoding="utf-8") as file:
        page = file.read()
    for part in ("Buku Register", "Dinas Lingkungan Hidup", "SI Bank Sampah &lt;b&gt;", "selesai, berkas", "Jumlah: 1 berkas."):
        assert part in page, (part, page)
    value(hub, "print", "--register", "--month", "1999-01", "--out", path)
    with open(path, encoding="utf-8") as file:
        assert "Tidak ada berkas." in file.read()
    assert call(hub, "print", "--register", "--month", "1999-13", "--out", path).returncode == 1


def erased(opd, folder, dossier):
    run(opd, "erase", dossier, "--document", "request_letter.system_name", "--basis", "UU 27/2022 ps. 8", "--as", "kaopd",
        "--yes")
    first = next(row["change"] for row in value(opd, "erase", dossier, "--list"))
    run(opd, "erase", dossier, "--confirm", first, "--as", "root", "--yes")
    text, _, said = paper(opd, folder, dossier, "request_letter")
    assert "dihapus: UU 27/2022 ps. 8" in text and "1 isi telah dihapus; dasarnya tercetak di tempatnya." in said["notes"], said


def choices(hub, folder, dossier):
    """What cannot be printed is refused, and no file is left."""
    refused = [("warna",), ("handover_record", "--instance", "9"), ("handover_record", "--paper", "letter"),
               ("handover_record", "--stage", "usulan")]
    empty = os.path.join(folder, "kosong")
    os.mkdir(empty)
    for arguments in refused:
        done = call(hub, "print", dossier, *arguments, cwd=empty)
        assert done.returncode == 1 and "Fakta" in done.stderr, (arguments, done)
    for arguments in ((), ("handover_record", "--history"), ("--receipt", "--history")):
        assert call(hub, "print", dossier, *arguments, cwd=empty).returncode == 64, arguments
    assert os.listdir(empty) == []
    name = run(hub, "print", dossier, "handover_record", "--paper", "f4", cwd=empty)
    assert os.listdir(empty) == [name] and name.endswith("-handover_record-1.html"), name
    with open(os.path.join(empty, name), encoding="utf-8") as file:
        assert "size: 215mm 330mm" in file.read()
    prints = {row["print"] for row in value(hub, "print", dossier, "--list")}
    assert {"request_letter", "handover_record", "history", "receipt", "disposition"} <= prints, prints


def papers(hub, folder, dossier, print_of):
    """PDF where Chromium is installed; else a clear word in both languages."""
    nowhere = {"PATH": "/nonexistent", "HOME": folder}
    for language, words in (("id", "PDF memerlukan Chromium"), ("en", "PDF needs Chromium")):
        done = call(hub, "print", dossier, "handover_record", "--pdf", "--out", os.path.join(folder, "x.pdf"), "--lang",
                    language, env=nowhere)
        assert done.returncode == 1 and words in done.stderr, done.stderr
    assert not os.path.exists(os.path.join(folder, "x.pdf"))
    if not any(shutil.which(name) for name in BROWSERS):
        print("skipped: PDF, for no Chromium is installed")
        return
    for kind, size in (("a4", (595, 842)), ("f4", (609, 935))):
        path = os.path.join(folder, f"{kind}.pdf")
        run(hub, "print", dossier, "handover_record", "--pdf", "--paper", kind, "--out", path)
        with open(path, "rb") as file:
            data = file.read()
        assert data.startswith(b"%PDF-"), "a PDF"
        boxes = re.findall(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)", data)
        assert boxes and all(abs(float(box[0]) - size[0]) < 2 and abs(float(box[1]) - size[1]) < 2 for box in boxes), boxes
        if not shutil.which("pdftotext"):
            print("skipped: text of the PDF, for pdftotext is not installed")
            continue
        text = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True).stdout
        assert print_of in text and f"dari {len(boxes)}" in text and "Halaman 1" in text, text
    left = [name for name in os.listdir(tempfile.gettempdir()) if name.startswith("mufakat-print-")]
    assert left == [], "nothing is left of the browser's profile"


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LANG"] = "id_ID.UTF-8"
        hub, opd, it, own = offices(folder)
        dossier = request(hub, opd, it, own)
        letters(hub, opd, folder, dossier)
        dispositions(hub, folder, dossier)
        print_of = handover(hub, opd, folder, dossier)
        letterhead(hub, folder, dossier)
        proof(hub, folder, dossier)
        register(hub, folder)
        choices(hub, folder, dossier)
        erased(opd, folder, dossier)
        papers(hub, folder, dossier, print_of)
    print("prints: ok")


main()
