import Envelope

/// Where entries lie along `previous`. A chain is a tree of lanes; each lane knows one far lane above it, so that a way
/// through thousands of forks, each of the one before, costs a few steps.
extension Registry {
    /// Where a lane that leaves another stands.
    func beginning(at origin: Place?) -> (depth: Int, jump: Int?) {
        guard let origin else { return (0, nil) }
        let parent = lanes[origin.lane]
        let depth = parent.depth + 1
        guard let far = parent.jump, let farther = lanes[far].jump,
            parent.depth - lanes[far].depth == lanes[far].depth - lanes[farther].depth
        else { return (depth, origin.lane) }
        return (depth, farther)
    }

    /// The lane of a depth on the way down from a lane that is deeper.
    private func ancestor(of lane: Int, atDepth depth: Int) -> Int {
        var lane = lane
        while lanes[lane].depth > depth {
            if let jump = lanes[lane].jump, lanes[jump].depth >= depth {
                lane = jump
            } else if let origin = lanes[lane].origin {
                lane = origin.lane
            } else {
                break
            }
        }
        return lane
    }

    /// The place on the way to an entry in a lane above its own, of that depth.
    private func passage(to place: Place, atDepth depth: Int) -> Place? {
        if lanes[place.lane].depth == depth { return place }
        guard lanes[place.lane].depth > depth else { return nil }
        return lanes[ancestor(of: place.lane, atDepth: depth + 1)].origin
    }

    /// Whether an entry is another one of its chain or lies before it.
    func isAtOrBefore(_ a: Place, _ b: Place) -> Bool {
        if a.lane == b.lane { return a.position <= b.position }
        guard let passed = passage(to: b, atDepth: lanes[a.lane].depth) else { return false }
        return passed.lane == a.lane && a.position <= passed.position
    }

    /// The last entry on the ways to both; nil where they have none in common.
    func meeting(_ a: Place, _ b: Place) -> Place? {
        let depth = min(lanes[a.lane].depth, lanes[b.lane].depth)
        guard let one = passage(to: a, atDepth: depth), let two = passage(to: b, atDepth: depth) else { return nil }
        if one.lane == two.lane { return one.position <= two.position ? one : two }
        var (left, right) = (one.lane, two.lane)
        while let first = lanes[left].origin, let second = lanes[right].origin {
            if first.lane == second.lane { return first.position <= second.position ? first : second }
            if let far = lanes[left].jump, let other = lanes[right].jump, far != other {
                (left, right) = (far, other)
            } else {
                (left, right) = (first.lane, second.lane)
            }
        }
        return nil
    }

    /// The first entry on the way to `a` that is not on the way to `b`; nil where `a` is at or before `b`.
    func firstAbove(meetingOf a: Place, _ b: Place) -> Place? {
        guard let meeting = meeting(a, b) else {
            return Place(lane: ancestor(of: a.lane, atDepth: 0), position: 0)
        }
        let depth = lanes[meeting.lane].depth
        if lanes[a.lane].depth == depth {
            return a.position > meeting.position ? Place(lane: a.lane, position: meeting.position + 1) : nil
        }
        let child = ancestor(of: a.lane, atDepth: depth + 1)
        guard let origin = lanes[child].origin else { return nil }
        return origin.position > meeting.position
            ? Place(lane: meeting.lane, position: meeting.position + 1) : Place(lane: child, position: 0)
    }
}
