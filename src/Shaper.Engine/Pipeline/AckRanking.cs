namespace Shaper.Engine.Pipeline;

/// <summary>Whether bare acknowledgements count less than their bytes inside their class, so that they stay among the sparse flows.</summary>
public enum AckRanking : byte
{
    /// <summary>Outbound, where the link is slow; see <see cref="Shaping.Tree.ClassTreeOptions.SlowUplink"/>.</summary>
    Auto = 0,

    On = 1,

    Off = 2,
}
