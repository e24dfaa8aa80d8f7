namespace Shaper.Engine.Shaping.Tree;

/// <summary>By what a class is split into partitions of its own.</summary>
public enum PartitionKey : byte
{
    /// <summary>The host, or prefix, on the LAN side.</summary>
    InsideHost,

    /// <summary>The host, or prefix, on the WAN side.</summary>
    OutsideHost,

    /// <summary>The flow: a rate policy for each connection, both ends and ports.</summary>
    Flow,
}
