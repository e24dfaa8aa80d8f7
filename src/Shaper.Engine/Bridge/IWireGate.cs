using Shaper.Engine.Buffers;
using Shaper.Engine.Units;

namespace Shaper.Engine.Bridge;

/// <summary>
/// Decides who carries a frame: the kernel bridge ("the wire") or the shaper. While the gate is engaged and beaten, the kernel does not
/// forward between the two ports; when the beat stops, whatever the reason, the kernel forwards again by itself.
/// </summary>
/// <remarks>
/// Kernel and shaper judge a frame by the same number, the kernel's receive time stamp, against the same intervals, so every frame
/// has exactly one carrier, also around a start, a stop, a bypass and a stall. Owned by the shaping thread, except
/// <see cref="CarrierOf"/>, which the capture threads ask.
/// </remarks>
public interface IWireGate : IDisposable
{
    /// <summary>True while the shaper is meant to carry the traffic.</summary>
    bool Engaged { get; }

    /// <summary>Takes the traffic over: frames the kernel receives from a moment in the near future on are the shaper's.</summary>
    void Engage(Instant now);

    /// <summary>Hands the traffic back: frames the kernel receives from a moment in the near future on are the kernel's.</summary>
    void Release(Instant now);

    /// <summary>
    /// The heartbeat, called in every breath of the shaping loop itself: a beat from any other thread would prove nothing. Cheap
    /// when called more often than needed. After a stall that outlived the last beat it starts a new interval of ownership.
    /// </summary>
    void Beat(Instant now);

    /// <summary>Whether the shaper must forward this frame or the kernel has done so: then it is to be let go, uncounted as loss.</summary>
    /// <param name="frame">Its receive stamp is what counts.</param>
    /// <param name="bytes">The frame as the port gave it.</param>
    /// <param name="direction">Which way it travels.</param>
    FrameCarrier CarrierOf(in FrameMeta frame, ReadOnlySpan<byte> bytes, Direction direction);

    /// <summary>
    /// A port (0: wan, 1: lan) has come back under another interface index. Not on the shaping thread: takes the kernel's network lock.
    /// </summary>
    void Attach(int port, int interfaceIndex);

    /// <summary>
    /// Says which unicast addresses are the box's, so that the kernel need not look at frames to others; null while the bridge may have use for
    /// others too. A gate may ignore it. Not on the shaping thread.
    /// </summary>
    void KnowBox(BridgeAddresses? addresses);

    /// <summary>Any thread.</summary>
    GateCounters Counters { get; }
}
