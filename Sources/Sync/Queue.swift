/// First in, first out, in constant time each.
struct Queue<Element> {
    private var items: [Element] = []
    private var head = 0

    var isEmpty: Bool { head == items.count }
    var first: Element? { isEmpty ? nil : items[head] }

    mutating func append(_ element: Element) { items.append(element) }

    mutating func popFirst() -> Element? {
        guard let element = first else { return nil }
        head += 1
        // The taken half goes at once, so that each element is moved at most once for each that is taken.
        if head * 2 > items.count {
            items.removeFirst(head)
            head = 0
        }
        return element
    }

    /// Puts an element before all others.
    mutating func prepend(_ element: Element) {
        if head == 0 {
            items.insert(element, at: 0)
        } else {
            head -= 1
            items[head] = element
        }
    }

    mutating func replaceFirst(_ element: Element) {
        if !isEmpty { items[head] = element }
    }
}
