using Shaper.Engine.Bridge;
using Shaper.Engine.Buffers;
using Shaper.Engine.Classify;
using Shaper.Engine.Pipeline;
using Shaper.Engine.Shaping.Framing;
using Shaper.Engine.Shaping.Tree;
using Shaper.Engine.TcpRate;
using Shaper.Engine.Units;
using Shaper.Engine.Wire;
using Shaper.NetSim.Checking;
using Xunit;

namespace Shaper.Engine.Tests.TcpRate;

/// <summary>
/// Steering alone in virtual time, with a checker on both sides of it. A frame that may go on leaves at once. Of holds only the longest is judged here, 50 ms:
/// half a round trip is not, because in random traces what answers what is anybody's guess.
/// </summary>
internal sealed class SteeringRig
{
    private readonly FramePool _outbound = new(slots: 256, slotBytes: 2_048);
    private readonly FramePool _inbound = new(slots: 4, slotBytes: 2_048);
    private readonly FlowHash _hash = new(7);

    /// <param name="data">Outbound: with the sides exchanged, as far receivers' windows are lowered.</param>
    public SteeringRig(BitRate link, SteeringOptions? options = null, CheckRules? rules = null, Direction data = Direction.Inbound)
    {
        Steering = new(options ?? new SteeringOptions { MaxConnections = 64 }, _outbound, Tree(link), link, link, Now, data);
        Checker = new((rules ?? new()) with { JudgesHolds = false });
    }

    /// <summary>The built-in classes at a rate.</summary>
    public static ClassTreePlan Tree(BitRate link) => DefaultTree.Plan(link, LinkFraming.AsSeen);

    public TcpSteering Steering { get; }

    public SteeringChecker Checker { get; }

    public Instant Now { get; private set; } = Instant.Zero + Duration.FromMilliseconds(1);

    /// <summary>Moves time on; what falls due on the way leaves when it does.</summary>
    public void Pass(Duration span)
    {
        Instant end = Now + span;
        while (Steering.NextDeadline <= end)
        {
            Now = Instant.Max(Now, Steering.NextDeadline);
            Release();
        }

        Now = end;
        Release();
    }

    public void FromOutside(byte[] frame)
    {
        Checker.Arrived(Direction.Inbound, frame, Now);
        FrameHandle handle = SeeInbound(frame);
        Checker.Left(Direction.Inbound, _inbound.Frame(handle), Now);
        _inbound.Unrent(handle);
    }

    public void FromInside(byte[] frame)
    {
        Checker.Arrived(Direction.Outbound, frame, Now);
        FromInside(frame, FrameTraits.None);
    }

    /// <summary>The box stands still: acknowledgements wait for it, the kernel carries the rest, and afterwards it finds all in its ports.</summary>
    /// <param name="frames">In the order in which they came; those of which the box sees nothing are marked. Of an acknowledgement that cannot be.</param>
    /// <param name="inboundFirst">The box looks at all that came in before what left.</param>
    public void Stall(IReadOnlyList<(Direction From, byte[] Frame, bool IsLost)> frames, bool inboundFirst)
    {
        foreach ((Direction from, byte[] frame, bool lost) in frames)
        {
            if (from == Direction.Outbound && BareAck.Is(frame))
            {
                Checker.Arrived(from, frame, Now);
            }
            else if (lost)
            {
                Checker.PassedBy(from, frame, Now);
            }
            else
            {
                Checker.CarriedByKernel(from, frame, Now);
            }
        }

        if (frames.Any(static one => one.IsLost))
        {
            Steering.Forget();
            Checker.LoseCount();
        }

        foreach ((Direction from, byte[] frame, bool lost) in inboundFirst ? frames.OrderBy(static one => one.From) : frames.AsEnumerable())
        {
            if (from == Direction.Outbound && BareAck.Is(frame))
            {
                KeptFrames++;
                FromInside(frame, FrameTraits.Kept);
            }
            else if (!lost)
            {
                FindCarried(from, frame);
            }
        }
    }

    /// <summary>Acknowledgements that waited out a stall.</summary>
    public int KeptFrames { get; private set; }

    private void FromInside(byte[] frame, FrameTraits traits)
    {
        FrameHandle handle = Take(_outbound, frame);
        _outbound.Meta(handle).Traits |= traits;
        if (Steering.OnOutbound(handle, Now) == SteerVerdict.Pass)
        {
            Leave(handle);
        }

        Release();
    }

    /// <summary>The kernel carries a frame, and the box finds it in its port afterwards.</summary>
    public void CarriedByKernel(Direction direction, byte[] frame)
    {
        Checker.CarriedByKernel(direction, frame, Now);
        FindCarried(direction, frame);
    }

    private void FindCarried(Direction direction, byte[] frame)
    {
        if (direction == Direction.Inbound)
        {
            _inbound.Unrent(SeeInbound(frame));
            return;
        }

        FrameHandle handle = Take(_outbound, frame);
        Steering.OnCarried(handle, Now);
        _outbound.Unrent(handle);
    }

    /// <summary>The kernel carries a frame past the box.</summary>
    public void PastTheBox(Direction direction, byte[] frame) => Checker.PassedBy(direction, frame, Now);

    /// <summary>Steps aside: what is held goes, due or not.</summary>
    public void Flush()
    {
        while (Steering.TryFlush(out FrameHandle frame))
        {
            Leave(frame);
        }

        Assert.Equal(0, Steering.HeldFrames);
    }

    /// <summary>Lets all go and asserts that no rule was broken and no frame lost.</summary>
    public void Finish()
    {
        Pass(Duration.FromMilliseconds(60));
        Assert.Equal(0, Steering.HeldFrames);
        Assert.Equal(Instant.Never, Steering.NextDeadline);
        Assert.Equal(_outbound.Slots, _outbound.FreeSlots);
        Checker.Finish(0, 0);
        Assert.InRange(Checker.LongestStay.Nanoseconds, 0, 50_100_000);
        Assert.True(Checker.Faults.Count == 0, string.Join('\n', Checker.Faults));
    }

    private FrameHandle SeeInbound(byte[] frame)
    {
        FrameHandle handle = Take(_inbound, frame);
        Steering.OnInbound(_inbound, handle, Now);
        if (_inbound.Meta(handle).Has(FrameTraits.Timed))
        {
            Steering.OnDeparted(_inbound, handle, Now);
        }

        return handle;
    }

    private void Release()
    {
        while (Steering.TryRelease(Now, out FrameHandle frame))
        {
            Leave(frame);
        }
    }

    private void Leave(FrameHandle frame)
    {
        Checker.Left(Direction.Outbound, _outbound.Frame(frame), Now);
        _outbound.Unrent(frame);
    }

    private FrameHandle Take(FramePool pool, byte[] frame)
    {
        Assert.True(pool.TryRent(out FrameHandle handle));
        frame.CopyTo(pool.Slot(handle));
        ref FrameMeta meta = ref pool.Meta(handle);
        meta = default;
        meta.FrameBytes = frame.Length;
        meta.WireBytes = frame.Length;
        meta.Arrival = Now;
        Dissector.Dissect(frame, ref meta);
        meta.FlowHash = _hash.Of(FlowKey.Of(frame, meta, out _));
        return handle;
    }
}
