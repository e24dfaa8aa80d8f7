namespace Shaper.Engine.Bridge;

/// <summary>Which of the two ports a station or a frame is behind. The value is the port's number wherever ports are numbered.</summary>
public enum BridgeSide : byte
{
    Wan = 0,
    Lan = 1,
}
