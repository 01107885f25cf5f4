import Authority
import Procedure

/// Why something has no effect, in words, and who can mend it. Every code of Protocol 3 §8 and 4 §3.15 is here.
extension Catalogue {
    /// An authority's reason.
    static func words(_ reason: AuthorityReason) -> Message {
        switch reason {
        case .noMandate: Message("tidak menyebut mandat", "it names no mandate")
        case .nodeKey: Message("kunci simpul (mesin), bukan kunci orang", "the key is a node's, not a person's")
        case .featureNotEnabled:
            Message(
                "memakai fitur yang belum diaktifkan jejaring", "it uses a feature that the network has not enabled")
        case .notAlone:
            Message(
                "tindakan resmi harus berdiri sendiri dalam satu perubahan",
                "an act has to stand alone in its change set")
        case .notAnAdministrator:
            Message(
                "hanya akar unit atau pengelolanya yang berwenang, atas dasar kuncinya sendiri",
                "only the unit's root or an administrator may do this, under his own entry")
        case .mandateNotHeld:
            Message(
                "mandat itu belum diketahui penulisnya ketika menandatangani",
                "the mandate lies outside its own registry heads")
        case .mandateOfAnotherUnit: Message("mandat itu milik unit lain", "the mandate is another unit's")
        case .mandateOfAnotherPerson: Message("mandat itu milik orang lain", "the mandate is another person's")
        case .outsideTerm: Message("di luar masa berlaku mandat", "the stated time is outside the mandate's term")
        case .outsideChainCut:
            Message(
                "dasarnya berada di luar bagian rantai registri yang diakui",
                "what it rests on lies outside a chain's cut")
        case .aboveChainFork:
            Message(
                "dasarnya berada di atas percabangan rantai registri yang belum diputuskan",
                "what it rests on lies above a fork of a chain that nobody settled")
        case .revokedInOwnPast:
            Message(
                "ditandatangani setelah penulisnya mengetahui pencabutan",
                "signed after its author had seen the revocation")
        case .afterOwnFork: Message("ditulis setelah kuncinya bercabang", "later than a fork of its own key")
        case .awaitsRatification:
            Message(
                "perlu pengesahan: bertanggal sebelum berakhirnya wewenang, tetapi belum diterima siapa pun",
                "awaits ratification: stated before the end took effect, and accepted by nobody")
        case .revoked:
            Message(
                "wewenang atau kuncinya telah dicabut, dan perubahan ini tidak diterima",
                "its authority or key was ended, and this was not accepted")
        case .suspended:
            Message(
                "unitnya dibekukan, dan pihak lain tidak menerima perubahan ini",
                "its unit is suspended, and the other parties did not accept this")
        case .removed:
            Message(
                "unitnya dikeluarkan dari berkas ini, dan pihak lain tidak menerima perubahan ini",
                "its unit was removed from this dossier, and the others did not accept this")
        }
    }

    /// A few words for a column.
    static func short(_ reason: AuthorityReason) -> Message {
        switch reason {
        case .awaitsRatification: Message("perlu pengesahan", "awaits ratification")
        case .revoked: Message("tanpa akibat: dicabut", "without effect: revoked")
        case .suspended: Message("tanpa akibat: unit dibekukan", "without effect: unit suspended")
        case .removed: Message("tanpa akibat: pihak dikeluarkan", "without effect: party removed")
        case .outsideTerm: Message("tanpa akibat: di luar masa mandat", "without effect: outside the term")
        case .revokedInOwnPast: Message("tanpa akibat: sudah tahu dicabut", "without effect: revocation was known")
        case .afterOwnFork: Message("tanpa akibat: kunci bercabang", "without effect: key forked")
        case .outsideChainCut: Message("tanpa akibat: di luar batas rantai", "without effect: outside a chain's cut")
        case .aboveChainFork: Message("tanpa akibat: rantai bercabang", "without effect: chain forked")
        case .nodeKey: Message("tanpa akibat: kunci simpul", "without effect: node key")
        case .featureNotEnabled: Message("tanpa akibat: fitur belum aktif", "without effect: feature not enabled")
        case .notAlone: Message("tanpa akibat: tidak berdiri sendiri", "without effect: not alone")
        case .notAnAdministrator: Message("tanpa akibat: bukan pengelola", "without effect: no administrator")
        case .noMandate, .mandateNotHeld, .mandateOfAnotherUnit, .mandateOfAnotherPerson:
            Message("tanpa akibat: tanpa mandat", "without effect: no mandate")
        }
    }

    private static let acceptOrRatify = Message(
        "akar atau pengelola {2}: mufakat accept {0} {1}; atau pejabat yang mengambil alih: mufakat ratify {0} {1}",
        "the root or an administrator of {2}: mufakat accept {0} {1}; or an official who takes it over: mufakat ratify {0} {1}"
    )
    private static let acceptOrAnew = Message(
        "akar atau pengelola {2}: mufakat accept {0} {1}; atau pejabat yang berwenang memutuskan atau menandatangani kembali",
        "the root or an administrator of {2}: mufakat accept {0} {1}; or an official in office decides or signs anew")

    /// Who can mend it, and by which command. {0} the dossier, {1} the change set, {2} whose unit.
    ///
    /// - Parameter isPlainWork: somebody may ratify it.
    static func mend(_ reason: AuthorityReason, isPlainWork: Bool) -> Message {
        switch reason {
        case .noMandate, .mandateOfAnotherUnit, .mandateOfAnotherPerson, .outsideTerm:
            Message(
                "pengelola {2} memberi mandat (mufakat mandate grant), lalu pemegangnya melakukannya kembali",
                "an administrator of {2} grants a mandate (mufakat mandate grant); its holder then does it anew")
        case .mandateNotHeld:
            Message(
                "penulisnya menyinkronkan (mufakat sync ALAMAT:PORT), lalu melakukannya kembali",
                "its author synchronises (mufakat sync HOST:PORT), then does it anew")
        case .nodeKey:
            Message(
                "seseorang melakukannya kembali dengan kuncinya sendiri (--as NAMA)",
                "a person does it anew with a key of his own (--as NAME)")
        case .featureNotEnabled:
            Message(
                "akar jejaring mengaktifkan fitur (mufakat network enable), lalu dilakukan kembali",
                "the network's root enables the feature (mufakat network enable), then it is done anew")
        case .notAlone:
            Message(
                "penulisnya melakukannya kembali dalam perubahan tersendiri",
                "its author does it anew in a change set of its own")
        case .notAnAdministrator:
            Message(
                "akar atau pengelola {2}: mufakat accept atau mufakat decline",
                "the root or an administrator of {2}: mufakat accept or mufakat decline")
        case .outsideChainCut:
            Message(
                "akar {2} menerbitkan sertifikat dan mandat baru (mufakat device certify, mufakat mandate grant), "
                    + "lalu dilakukan kembali",
                "the root of {2} certifies and grants anew (mufakat device certify, mufakat mandate grant); then it is "
                    + "done anew")
        case .aboveChainFork:
            Message(
                "satu tingkat di atasnya memilih cabang (mufakat network branch atau mufakat unit branch), lalu dilakukan "
                    + "kembali",
                "one level up names the branch (mufakat network branch or mufakat unit branch); then it is done anew")
        case .revokedInOwnPast:
            Message(
                "pejabat lain dari {2} melakukannya kembali dengan mandat yang berlaku",
                "another official of {2} does it anew under a mandate that holds")
        case .afterOwnFork:
            Message(
                "pemegang kunci: mufakat repair, kunci baru, lalu melakukannya kembali",
                "the key's holder: mufakat repair, a new key, then he does it anew")
        case .awaitsRatification, .revoked: isPlainWork ? acceptOrRatify : acceptOrAnew
        case .suspended:
            Message(
                "akar atau pengelola pihak lain: mufakat accept {0} {1}; untuk selanjutnya akar jejaring: mufakat unit lift",
                "the root or an administrator of another party: mufakat accept {0} {1}; for what comes, the network's "
                    + "root: mufakat unit lift")
        case .removed:
            Message(
                "akar atau pengelola pihak lain: mufakat accept {0} {1}; atau pihak lain mengikat kembali: "
                    + "mufakat party bind {0} SLOT UNIT",
                "the root or an administrator of another party: mufakat accept {0} {1}; or another party binds it again: "
                    + "mufakat party bind {0} SLOT UNIT")
        }
    }

    /// What the procedure made of an act.
    static func words(_ effect: ActVerdict) -> Message {
        switch effect {
        case .effective: Message("berlaku", "effective")
        case .waiting:
            Message(
                "menunggu tanda tangan, penetapan, atau pengesahan", "awaits signatures, a ruling, or a ratification")
        case .contested: Message("sengketa: ada hasil lain untuk langkah yang sama", "in conflict with another outcome")
        case .opinion: Message("pendapat: bukan yang berwenang memutuskan", "an opinion: not entitled to decide")
        case .objection:
            Message(
                "keberatan: terhadap yang sudah final atau ditetapkan", "an objection to what is final or was ruled")
        case .superseded: Message("hasil lain yang berlaku", "another outcome stands")
        case .outdated: Message("atas revisi sebelumnya", "over an earlier revision")
        case .noEffect(let reason, _): words(reason)
        }
    }

    static func short(_ effect: ActVerdict) -> Message {
        switch effect {
        case .effective: Message("berlaku", "effective")
        case .waiting: Message("menunggu", "waiting")
        case .contested: Message("sengketa", "in conflict")
        case .opinion: Message("pendapat", "opinion")
        case .objection: Message("keberatan", "objection")
        case .superseded: Message("tidak dipilih", "not chosen")
        case .outdated: Message("revisi sebelumnya", "earlier revision")
        case .noEffect(let reason, _):
            Message("tanpa akibat: " + words(reason).indonesian, "without effect: " + words(reason).english)
        }
    }

    /// An engine's reason.
    static func words(_ reason: EngineReason) -> Message {
        switch reason {
        case .unauthorised: Message("tidak berwenang", "not authorised")
        case .unknownStep: Message("langkah tidak dikenal", "the step is unknown")
        case .unknownOutcome: Message("hasil tidak dikenal pada langkah itu", "the step has no such outcome")
        case .notActive: Message("langkah itu tidak aktif", "the step is not active")
        case .causeNotSeen:
            Message("penulis belum melihat hasil sebelumnya", "its author had not seen what activated the step")
        case .guardNotSatisfied: Message("syarat langkah belum terpenuhi", "a condition of the step does not hold")
        case .documentMissing: Message("dokumen belum ada atau belum lengkap", "a document is missing or incomplete")
        case .documentNotSigned: Message("dokumen belum ditandatangani", "a document is not signed")
        case .reasonMissing: Message("alasan tidak diisi", "the reason is missing")
        case .missingItemsMissing: Message("kekurangan tidak disebut", "the missing items are not named")
        case .findingsMissing: Message("temuan tidak disebut", "findings are missing")
        case .responseKindMissing: Message("jenis tanggapan tidak diisi", "the kind of response is missing")
        case .targetDateMissing: Message("tanggal target tidak diisi", "the target date is missing")
        case .partyNotBound: Message("pihak belum ditunjuk", "a party is not named")
        case .alreadyBound:
            Message(
                "pihak itu sudah ditunjuk, atau ditunjuk oleh suatu langkah", "the party is named already, or by a step"
            )
        case .seatsMissing: Message("susunan tim belum lengkap", "the team is not complete")
        case .roundsExceeded: Message("jumlah putaran habis", "no more rounds")
        case .notASigner: Message("jabatan itu tidak diminta menandatangani", "the role is not asked to sign")
        case .otherRevision: Message("dokumen sudah berubah", "the document has changed since")
        case .notTheResolver: Message("bukan pejabat yang berwenang menetapkan", "not entitled to rule")
        case .recordedACandidate:
            Message("ikut mencatat atau menandatangani salah satu hasil", "he recorded or signed one of the outcomes")
        case .notACandidate:
            Message("tidak menyebut semua hasil yang dilihatnya", "it does not name a candidate it saw")
        case .againstFinal: Message("bertentangan dengan yang sudah final", "it is against what is final")
        case .unknownTarget: Message("yang disebut tidak ditemukan", "what it names is not found")
        case .notNewer:
            Message("bukan versi yang lebih baru dari prosedur itu", "no newer version of the same procedure")
        case .walkedStepChanged:
            Message(
                "versi itu mengubah langkah yang sudah dijalani", "the version changes steps that were walked already")
        case .closed: Message("berkas sudah ditutup", "the dossier was closed before")
        case .onHold: Message("berkas sedang ditunda", "the dossier was suspended before")
        case .malformed: Message("bentuknya tidak dikenal", "its form is not understood")
        }
    }

    /// Who can mend it. {0} the dossier, {1} those entitled.
    static func mend(_ effect: ActVerdict) -> Message? {
        switch effect {
        case .effective, .superseded, .outdated: nil
        case .waiting(["ruling"]), .waiting(["ratification"]): Message("mufakat why {0}", "mufakat why {0}")
        case .waiting: Message("{1}: mufakat sign {0}", "{1}: mufakat sign {0}")
        case .contested: Message("{1}: mufakat rule {0} --winner HASIL", "{1}: mufakat rule {0} --winner OUTCOME")
        case .opinion: Message("{1}: mufakat step {0} HASIL", "{1}: mufakat step {0} OUTCOME")
        case .objection:
            Message(
                "tidak perlu: yang final tetap; keberatan tercatat",
                "nothing to mend: what is final stands, the objection is on record")
        case .noEffect(.unauthorised, _): nil
        case .noEffect(let reason, _): mend(reason)
        }
    }

    static func mend(_ reason: EngineReason) -> Message {
        switch reason {
        case .documentMissing, .otherRevision:
            Message(
                "penulisnya melengkapi dokumen (mufakat edit {0}), lalu melakukannya kembali",
                "its author completes the document (mufakat edit {0}), then does it anew")
        case .documentNotSigned:
            Message("penanda tangan dokumen: mufakat sign {0}", "the document's signers: mufakat sign {0}")
        case .notTheResolver, .recordedACandidate, .notACandidate:
            Message(
                "pejabat lain yang berwenang: mufakat rule {0} --winner HASIL",
                "another official who is entitled: mufakat rule {0} --winner OUTCOME")
        case .closed: Message("tidak ada: berkas sudah ditutup", "nobody: the dossier is closed")
        case .onHold:
            Message(
                "lanjutkan berkas (mufakat resume), lalu catat lagi", "resume it (mufakat resume), then record it again"
            )
        case .malformed:
            Message(
                "perbarui Mufakat, atau penulisnya melakukannya kembali", "update Mufakat, or its author does it anew")
        default:
            Message(
                "lihat mufakat why {0}; yang berwenang melakukannya kembali",
                "see mufakat why {0}; whoever is entitled does it anew")
        }
    }
}
