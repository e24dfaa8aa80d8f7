using System.Buffers.Binary;
using Shaper.Engine.Buffers;
using Shaper.Engine.Pipeline;
using Shaper.Engine.Shaping.Framing;
using Shaper.Engine.TcpRate;
using Shaper.Engine.Units;

namespace Shaper.Bench.TcpRate;

/// <summary>Steering on a link of 100 Mbit/s with the default headroom, and the slots its frames lie in.</summary>
internal sealed class SteeredBox
{
    public static readonly BitRate Link = BitRate.FromMegabits(100);

    private readonly FramePool _inbound = new(slots: 64, slotBytes: 2_048);
    private readonly FramePool _outbound = new(slots: 32_768, slotBytes: 2_048);
    private readonly SteeringFrames _frames;
    private readonly FrameHandle _data;

    public SteeredBox(int connections)
    {
        _data = _inbound.TryRent(out FrameHandle data) ? data : throw new InvalidOperationException("no slot");
        _frames = new(connections, _inbound.Slot(_data));
        Steering = new(new SteeringOptions(), _outbound, DefaultTree.Plan(Link, LinkFraming.AsSeen), Link, Link.Scale(0.97), Instant.Zero);
    }

    public TcpSteering Steering { get; }

    /// <summary>Has a frame come in or leave; one that leaves at once has left when this returns.</summary>
    /// <returns>What it told, where it left at once.</returns>
    public ToldWindow? Pass(in SteeredFrame frame)
    {
        if (frame.Inbound)
        {
            WriteData(frame);
            Steering.OnInbound(_inbound, _data, new(frame.At));
            return null;
        }

        FrameHandle ack = WriteAck(frame);
        return Steering.OnOutbound(ack, new(frame.At)) == SteerVerdict.Pass ? Leave(ack) : null;
    }

    /// <summary>The same without steering.</summary>
    public uint PassAlone(in SteeredFrame frame)
    {
        if (frame.Inbound)
        {
            WriteData(frame);
            return _inbound.Meta(_data).FlowHash;
        }

        return Leave(WriteAck(frame)).Edge;
    }

    /// <summary>Lets go what is due.</summary>
    public void Release(long now)
    {
        while (TryRelease(now, out _))
        {
        }
    }

    /// <summary>Lets one acknowledgement go that is due, and tells what it says.</summary>
    public bool TryRelease(long now, out ToldWindow told)
    {
        bool isDue = Steering.TryRelease(new(now), out FrameHandle due);
        told = isDue ? Leave(due) : default;
        return isDue;
    }

    private void WriteData(in SteeredFrame frame) =>
        _frames.Write(_inbound.Slot(_data), ref _inbound.Meta(_data), frame.Connection, frame.Number, frame.PayloadBytes, frame.Flags, frame.At, inbound: true, frame.Echo);

    private FrameHandle WriteAck(in SteeredFrame frame)
    {
        if (!_outbound.TryRent(out FrameHandle ack))
        {
            throw new InvalidOperationException("no slot left");
        }

        _frames.Write(_outbound.Slot(ack), ref _outbound.Meta(ack), frame.Connection, frame.Number, 0, frame.Flags, frame.At, inbound: false, frame.Echo);
        return ack;
    }

    private ToldWindow Leave(FrameHandle ack)
    {
        ReadOnlySpan<byte> frame = _outbound.Slot(ack);
        uint acknowledgement = BinaryPrimitives.ReadUInt32BigEndian(frame[42..]);
        uint window = BinaryPrimitives.ReadUInt16BigEndian(frame[48..]);
        uint stamp = BinaryPrimitives.ReadUInt32BigEndian(frame[58..]);
        ToldWindow told = new(SteeringFrames.ConnectionOf(frame), acknowledgement, acknowledgement + (window << SteeringFrames.Scale), stamp);
        _outbound.Unrent(ack);
        return told;
    }
}
