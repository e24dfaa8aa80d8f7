namespace Shaper.Engine.Pipeline;

/// <summary>How a flow stands with steering.</summary>
public enum SteeringState : byte
{
    /// <summary>The window it was told keeps its sender from sending more, or did within the last half second.</summary>
    Steered,

    /// <summary>It could be steered, and sends less than it may.</summary>
    SenderLimited,

    /// <summary>It could be steered, and sends nothing now.</summary>
    Idle,

    /// <summary>It is left alone; a <see cref="TcpRate.SteerReason"/> says why.</summary>
    NotSteerable,
}
