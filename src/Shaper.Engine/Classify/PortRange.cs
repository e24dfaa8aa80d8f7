namespace Shaper.Engine.Classify;

/// <summary>Transport ports from <paramref name="First"/> to <paramref name="Last"/>, both included.</summary>
public readonly record struct PortRange(ushort First, ushort Last)
{
    /// <summary>One port.</summary>
    public PortRange(ushort port)
        : this(port, port)
    {
    }

    public bool Contains(ushort port) => port >= First && port <= Last;

    public override string ToString() => First == Last ? $"{First}" : $"{First}-{Last}";
}
