using CsCheck;
using Shaper.Engine.Buffers;
using Shaper.Engine.Queueing;
using Shaper.Engine.Telemetry;
using Shaper.Engine.Units;
using Xunit;

namespace Shaper.Engine.Tests.Queueing;

public sealed class AckThinningTests
{
    private const byte Ack = 0x10;
    private const byte Push = 0x08;
    private const byte EcnEcho = 0x40;
    private const byte WindowReduced = 0x80;
    private const byte Fin = 0x01;

    private static readonly Segment Plain = new(0, 1_000, 500, Ack, 0, true, 0, 0, false);

    private static readonly Gen<Segment> Segments =
        from connection in Gen.Frequency((8, Gen.Const(0)), (2, Gen.Int[1, 2]))
        from step in Gen.Frequency((8, Gen.Int[1, 3_000]), (2, Gen.Const(0)), (1, Gen.Int[-2_000, -1]))
        from window in Gen.Frequency((9, Gen.Const<ushort>(500)), (1, Gen.UShort))
        from flags in Gen.Frequency((12, Gen.Const(Ack)), (1, OneOf(Ack | EcnEcho, Ack | WindowReduced, Ack | Push, Ack | Fin)))
        from sack in Gen.Frequency((9, Gen.Const(0)), (1, Gen.Int[1, 2]))
        from timestamps in Gen.Frequency((9, Gen.Const(true)), (1, Gen.Const(false)))
        from payload in Gen.Frequency((9, Gen.Const(0)), (1, Gen.Int[1, 20]))
        from trafficClass in Gen.Frequency((9, Gen.Const<byte>(0)), (1, OneOf(1, 2, 3, 184)))
        from other in Gen.Frequency((15, Gen.Const(false)), (1, Gen.Const(true)))
        select new Segment(connection, (uint)step, window, flags, sack, timestamps, payload, trafficClass, other);

    /// <summary>
    /// Random connections through one queue, judged by what each segment said, not by its bytes: whatever was thinned had no news beside its number
    /// against the segment before it, and a later one of the same connection that says the rest was behind it.
    /// </summary>
    [Fact]
    public void No_acknowledgement_with_news_is_removed()
    {
        long thinned = 0;
        Gen.Select(Segments.Array[1, 80], Gen.Int[0, 3]).Sample(
            (steps, drains) => Interlocked.Add(ref thinned, Run(steps, drains)),
            iter: 4_000);
        Assert.True(thinned > 4_000, $"only {thinned} were thinned: the traces were too tame");
    }

    [Fact]
    public void A_run_of_plain_acknowledgements_keeps_its_first_and_its_last()
    {
        FlowQueueFixture box = Box();
        for (uint i = 0; i < 100; i++)
        {
            box.Queues.Enqueue(AckFrames.Make(box.Frames.Pool, Plain with { Ack = i * 1_000 }, i, new(1)), new(1));
        }

        Assert.Equal(2, box.Queues.Frames);
        Assert.Equal(98, box.Drops.Frames(DropCause.AckThinned));
        Assert.Equal(0, box.Take(new(1))!.Value.Serial);
        Assert.Equal(99, box.Take(new(1))!.Value.Serial);
    }

    [Fact]
    public void Numbers_that_wrap_around_still_rise()
    {
        FlowQueueFixture box = Box();
        for (uint i = 0; i < 10; i++)
        {
            box.Queues.Enqueue(AckFrames.Make(box.Frames.Pool, Plain with { Ack = unchecked(0xFFFF_F000 + (i * 1_000)) }, i, new(1)), new(1));
        }

        Assert.Equal(2, box.Queues.Frames);
    }

    [Fact]
    public void Nothing_is_thinned_unless_asked_for()
    {
        FlowQueueFixture box = new(settings: FlowQueueFixture.NoCodel());
        for (uint i = 0; i < 100; i++)
        {
            box.Queues.Enqueue(AckFrames.Make(box.Frames.Pool, Plain with { Ack = i * 1_000 }, i, new(1)), new(1));
        }

        Assert.Equal(100, box.Queues.Frames);
    }

    private static Gen<byte> OneOf(params int[] values) => Gen.Int[0, values.Length - 1].Select(i => (byte)values[i]);

    private static FlowQueueFixture Box() => new(slots: 128, settings: FlowQueueFixture.NoCodel() with { ThinAcks = true });

    private static long Run(Segment[] steps, int drains)
    {
        FlowQueueFixture box = Box();
        List<Segment> sent = [];
        List<long> delivered = [];
        uint[] acks = [10, 20, 0xFFFF_FF00];
        foreach (Segment step in steps)
        {
            uint ack = acks[step.Connection] = unchecked(acks[step.Connection] + step.Ack);
            Segment segment = step with { Ack = ack };
            box.Queues.Enqueue(AckFrames.Make(box.Frames.Pool, segment, sent.Count, new(1)), new(1));
            sent.Add(segment);
            if (sent.Count % 4 < drains && box.Take(new(1)) is { } taken)
            {
                delivered.Add(taken.Serial);
            }
        }

        while (box.Take(new(1)) is { } taken)
        {
            delivered.Add(taken.Serial);
        }

        Assert.Equal(delivered.Order(), delivered);
        HashSet<long> kept = [.. delivered];
        for (int i = 0; i < sent.Count; i++)
        {
            if (kept.Contains(i))
            {
                continue;
            }

            Segment gone = sent[i];
            Assert.True(IsPureAck(gone) && gone.SackBlocks == 0 && !gone.OtherOption, $"{gone} carried more than a number");
            Assert.True(i > 0 && OnlyNumberIsNew(sent[i - 1], gone), $"{gone} carried news against {(i > 0 ? sent[i - 1] : default)}");
            Assert.True(i + 1 < sent.Count && OnlyNumberIsNew(gone, sent[i + 1]), $"nothing that supersedes {gone} followed");
        }

        Assert.Equal(sent.Count - delivered.Count, box.Drops.Frames(DropCause.AckThinned));
        Assert.Equal(0, box.Queues.WireBytes);
        return sent.Count - delivered.Count;
    }

    private static bool IsPureAck(in Segment s) => s.PayloadBytes == 0 && (s.Flags & ~(Push | EcnEcho | WindowReduced)) == Ack;

    private static bool OnlyNumberIsNew(in Segment before, in Segment after) =>
        IsPureAck(before) && IsPureAck(after) && before.Connection == after.Connection && before.Flags == after.Flags && before.Window == after.Window
        && before.TrafficClass == after.TrafficClass && after.SackBlocks == 0 && before.SackBlocks == 0 && !after.OtherOption && !before.OtherOption
        && unchecked((int)(after.Ack - before.Ack)) > 0;
}
