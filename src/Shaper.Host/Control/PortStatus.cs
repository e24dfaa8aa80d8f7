namespace Shaper.Host.Control;

/// <summary>One of the two ports: its interface and both its halves.</summary>
public sealed record PortStatus
{
    public required string Interface { get; init; }

    /// <summary>"up", "down" (no carrier), "gone" (no such interface any more) or "ended" (a capture file read to its end).</summary>
    public required string State { get; init; }

    public required CapturedStatus Captured { get; init; }

    public required InjectedStatus Injected { get; init; }
}
