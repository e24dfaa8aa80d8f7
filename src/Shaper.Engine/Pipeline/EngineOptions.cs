using Shaper.Engine.Classify;
using Shaper.Engine.TcpRate;

namespace Shaper.Engine.Pipeline;

/// <summary>Sizes fixed at start.</summary>
public sealed record EngineOptions
{
    /// <summary>Frames each direction can hold, queues and rings together; 65,535 at most where TCP is steered.</summary>
    public int FrameSlots { get; init; } = 16_384;

    /// <summary>Longest frame, from the interface's MTU: MTU + Ethernet header + two VLAN tags.</summary>
    public int SlotBytes { get; init; } = 2_048;

    /// <summary>One thread polls both ports and the timer, or one capture thread a port and a shaping thread.</summary>
    public ThreadMode Threads { get; init; } = ThreadMode.One;

    /// <summary>Frames taken from or given to a port in one call.</summary>
    public int BurstFrames { get; init; } = 64;

    /// <summary>Slots of each hand-off ring; a full one drops at the hand-off.</summary>
    public int HandoffFrames { get; init; } = 4_096;

    /// <summary>
    /// Most frames that the queues of both directions hold together; where they would hold more, the oldest frame of the fattest flow of the box goes, whichever way it
    /// travels. Null for three quarters of what the directions may hold each, so that either may fill its own while the other is quiet.
    /// </summary>
    public int? QueuedFrames { get; init; }

    /// <summary>How TCP senders are steered; null leaves them alone.</summary>
    public SteeringOptions? Steering { get; init; }

    /// <summary>How the windows of far receivers are lowered so that our own outbound queue stays short; null leaves them alone.</summary>
    public SteeringOptions? OutboundSteering { get; init; }

    /// <summary>The box's one flow hash, with secret keys unless a simulation brings its own seed.</summary>
    public FlowHash FlowHash { get; init; } = FlowHash.CreateRandom();
}
