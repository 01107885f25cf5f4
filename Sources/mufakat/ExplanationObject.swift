import Authority
import Dossier
import Envelope
import Node
import Procedure
import Registry
import Sodium

extension ExplanationText {
    /// The same facts as JSON; `text` holds the lines in the language asked for.
    static func object(_ facts: Facts, _ view: DossierView, _ language: Language) -> [String: Any] {
        var object = AuditObject.object(facts.line)
        object["act"] = facts.isAct
        object["plainWork"] = facts.isPlainWork
        object["operations"] = facts.operations
        object["effective"] = isEffective(facts)
        object["verdict"] = verdict(facts, language)
        object["text"] = lines(facts, view, language)
        object["ground"] = facts.ground.map(grant)
        object["grant"] = facts.mandate.map(grant)
        object["term"] = facts.term.map { term in
            var item: [String: Any] = ["from": term.from]
            item["until"] = term.until
            return item
        }
        object["chainFault"] = facts.chainFault.map(grant)
        object["endings"] = facts.endings.map(ending)
        object["ratifiedBy"] = facts.ratifiedBy.map(author)
        object["protectedBy"] = facts.protectedBy.map(author)
        object["entitled"] = facts.entitled
        object["missingOpenings"] = facts.missingOpeningCount
        if !facts.isAct { object["effect"] = "" }
        return object
    }

    private static func grant(_ grant: Facts.Grant) -> [String: Any] {
        [
            "entry": grant.entry.hex, "kind": grant.kind, "height": grant.height, "chain": grant.chain.hex,
            "grantor": grant.grantor.rawValue, "grantorName": grant.grantorName,
        ]
    }

    private static func ending(_ fact: Facts.EndingFact) -> [String: Any] {
        var item: [String: Any] = [
            "id": fact.id.hex, "kind": fact.kind.rawValue, "target": fact.target, "compromised": fact.isCompromise,
            "countersigned": fact.isCountersigned, "inOwnPast": fact.isInOwnPast, "accepted": fact.isInside,
            "ratified": fact.isRatified, "drawnBy": fact.drawnBy.map(author),
            "declinedBy": fact.declinedBy.map(author),
        ]
        item["effective"] = fact.effective
        item["drawer"] = fact.drawer
        return item
    }

    private static func author(_ author: Facts.Author) -> [String: Any] {
        ["change": author.change.hex, "position": author.position, "unit": author.unit]
    }
}
