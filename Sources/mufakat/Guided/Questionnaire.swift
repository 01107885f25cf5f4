import Node
import Registry

/// Why a conversation ended before anything was done.
enum GuidedFailure: Error {
    case inputEnded
    case tooManyAnswers(question: String)
    case declined
}

/// Questions with a default each, answered at a terminal or from a pipe. Nothing is written while it asks.
struct Questionnaire {
    let language: Language
    private var reader = LineReader()

    /// Wrong answers to one question before it gives up.
    static let attemptCountMax = 3

    init(_ language: Language) { self.language = language }

    /// Asks until `read` makes a value of the answer; it throws a message for one that will not do.
    mutating func ask<Value>(
        _ question: Message, default standard: String, _ read: (String) throws -> Value
    ) throws -> Value {
        for _ in 0..<Self.attemptCountMax {
            Terminal.ask(question.text(language) + " [" + standard + "]: ")
            let answer: String
            switch reader.next() {
            case .end:
                Terminal.note("")
                throw GuidedFailure.inputEnded
            case .unusable:
                echo("")
                Terminal.note("  " + Catalogue.answerUnusable.text(language))
                continue
            case .line(let text):
                answer = text.isEmpty ? standard : text
                echo(answer)
            }
            do {
                return try read(answer)
            } catch let wrong as WrongAnswer {
                Terminal.note("  " + wrong.words)
            } catch {
                guard let complaint = Complaint(error, language) else { throw error }
                Terminal.note("  " + complaint.line)
            }
        }
        throw GuidedFailure.tooManyAnswers(question: question.text(language))
    }

    /// Of a pipe nobody sees what it answers.
    private func echo(_ answer: String) {
        if !Terminal.isAnswered { Terminal.note(Terminal.safe(answer)) }
    }

    mutating func name(_ question: Message, default standard: String) throws -> String {
        let language = language
        return try ask(question, default: standard) { text in
            if let fault = NameRule.fault(text) { throw WrongAnswer(Complaint.fact(fault, language)) }
            return text
        }
    }

    mutating func isYes(_ question: Message, default standard: Bool) throws -> Bool {
        let language = language
        return try ask(question, default: (standard ? Catalogue.yes : Catalogue.no).text(language)) { text in
            guard let answer = Answer.isYes(text) else { throw WrongAnswer(Catalogue.answerYesNo.text(language)) }
            return answer
        }
    }

    /// One of a list, by its number or its word.
    mutating func choice(_ question: Message, _ options: [(word: String, label: String)], default place: Int) throws
        -> String
    {
        for (number, option) in options.enumerated() {
            Terminal.note("  \(number + 1)  \(option.word)" + (option.label.isEmpty ? "" : "  " + option.label))
        }
        let language = language
        return try ask(question, default: options[place].word) { text in
            if let number = Int(text), options.indices.contains(number - 1) { return options[number - 1].word }
            guard let option = options.first(where: { $0.word == text.lowercased() }) else {
                throw WrongAnswer(Catalogue.answerChoice.text(language, "1…\(options.count)"))
            }
            return option.word
        }
    }
}

/// What is said about an answer before the question is asked again.
struct WrongAnswer: Error {
    let words: String

    init(_ words: String) { self.words = words }
}
