namespace Shaper.Engine.Bridge;

/// <summary>How a fact about this machine suits the shaper.</summary>
public enum ProbeState : byte
{
    /// <summary>As it should be.</summary>
    Good,

    /// <summary>The shaper runs, with a loss that the text names.</summary>
    Poor,

    /// <summary>The shaper cannot run.</summary>
    Missing,
}
