namespace Shaper.Engine.Pipeline;

/// <summary>What the control side may ask of the shaping loop besides a new plan.</summary>
public enum EngineCommand : byte
{
    /// <summary>Hand the traffic back to the kernel and send what is held.</summary>
    BypassOn,

    /// <summary>Take the traffic over again.</summary>
    BypassOff,
}
