namespace Shaper.Engine.Pipeline;

/// <summary>Which flows are asked for; everything left null matches all. Immutable.</summary>
public sealed record FlowFilter
{
    /// <summary>By id of the inbound class: those that are true.</summary>
    public IReadOnlyList<bool>? Classes { get; init; }

    public SteeringState? State { get; init; }

    /// <summary>One end, whichever.</summary>
    public EndpointFilter? OneEnd { get; init; }

    /// <summary>The other end.</summary>
    public EndpointFilter? OtherEnd { get; init; }

    internal bool NamesAnEnd => OneEnd is not null;

    internal bool Matches(in FlowRow row)
    {
        if (State is { } state && state != row.State)
        {
            return false;
        }

        if (Classes is { } classes && ((uint)row.ClassId >= (uint)classes.Count || !classes[row.ClassId]))
        {
            return false;
        }

        return MatchesEnds(row, OneEnd, OtherEnd) || MatchesEnds(row, OtherEnd, OneEnd);
    }

    private static bool MatchesEnds(in FlowRow row, EndpointFilter? first, EndpointFilter? second) =>
        (first is null || first.Value.MatchesFirst(row.Key)) && (second is null || second.Value.MatchesSecond(row.Key));
}
