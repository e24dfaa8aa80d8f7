namespace Shaper.Engine.Bridge;

/// <summary>The bridge cannot be used as asked: why, in one line that says what to do. Nothing has been changed.</summary>
public sealed class BridgeException : Exception
{
    public BridgeException(BridgeFault fault, string message, Exception? cause = null)
        : base(message, cause) => Fault = fault;

    public BridgeFault Fault { get; }
}
