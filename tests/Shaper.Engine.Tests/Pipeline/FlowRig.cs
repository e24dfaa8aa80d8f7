using Shaper.Engine.Classify;
using Shaper.Engine.Pipeline;
using Shaper.Engine.TcpRate;
using Shaper.Engine.Units;
using Shaper.NetSim.Checking;
using Xunit;

namespace Shaper.Engine.Tests.Pipeline;

/// <summary>An engine in virtual time, frames of one connection by the numbers, and the question for flows as the control side asks it.</summary>
internal sealed class FlowRig
{
    public const byte Inside = 1;
    public const byte Outside = 2;
    public const uint InsideIsn = 1_000;
    public const uint OutsideIsn = 5_000;

    public FlowRig(bool steers = true, int connections = 64)
    {
        Engine = new(
            EngineRig.Plan(BitRate.FromMegabits(10)),
            new EngineOptions { FrameSlots = 1_024, Steering = steers ? new SteeringOptions { MaxConnections = connections } : null, FlowHash = new FlowHash(5) });

        // Instants of 0 mean "none" to steering.
        Pass(1);
    }

    public EngineRig Engine { get; }

    public void FromWan(byte[] frame) => Send(Engine.Wan, frame);

    public void FromLan(byte[] frame) => Send(Engine.Lan, frame);

    public void Pass(double milliseconds) => Engine.RunFor(Duration.FromSeconds(milliseconds / 1e3));

    /// <summary>A connection opened from inside; the answer comes 20 ms later.</summary>
    public void Open(ushort port = 40_000)
    {
        FromLan(InsideSegment(port, SeenSegment.Syn, InsideIsn) with { Options = SegmentRecipe.SynOptions(7, stamps: true, sack: true) });
        Pass(20);
        FromWan(OutsideSegment(port, SeenSegment.Syn | SeenSegment.Ack, OutsideIsn, InsideIsn + 1) with { Options = SegmentRecipe.SynOptions(8, stamps: true, sack: true) });
        FromLan(InsideSegment(port, SeenSegment.Ack, InsideIsn + 1, OutsideIsn + 1));
    }

    public void FromWan(SegmentRecipe recipe) => FromWan(recipe.ToBytes());

    public void FromLan(SegmentRecipe recipe) => FromLan(recipe.ToBytes());

    public static SegmentRecipe InsideSegment(ushort port, byte flags, uint sequence, uint acknowledgement = 0, ushort window = 500) => new()
    {
        Source = Inside,
        Destination = Outside,
        SourcePort = port,
        DestinationPort = 443,
        Sequence = sequence,
        Acknowledgement = acknowledgement,
        Flags = flags,
        Window = window,
    };

    public static SegmentRecipe OutsideSegment(ushort port, byte flags, uint sequence, uint acknowledgement, int payload = 0) => new()
    {
        Source = Outside,
        Destination = Inside,
        SourcePort = 443,
        DestinationPort = port,
        Sequence = sequence,
        Acknowledgement = acknowledgement,
        Flags = flags,
        PayloadBytes = payload,
    };

    /// <summary>Segments of so many bytes every so often, each acknowledged.</summary>
    public void Talk(ushort port, int segments, double everyMilliseconds, int bytes = 1_000)
    {
        uint next = OutsideIsn + 1;
        for (int i = 0; i < segments; i++)
        {
            FromWan(OutsideSegment(port, SeenSegment.Ack, next, InsideIsn + 1, payload: bytes));
            Pass(everyMilliseconds / 2);
            next += (uint)bytes;
            FromLan(InsideSegment(port, SeenSegment.Ack, InsideIsn + 1, next));
            Pass(everyMilliseconds / 2);
        }
    }

    public FlowListing Ask(FlowFilter? filter = null, int top = 100)
    {
        FlowQuery query = new(filter ?? new FlowFilter(), top);
        Assert.True(Engine.Engine.Flows.TryAsk(query));
        for (int turn = 0; turn < 1_000 && !query.IsDone; turn++)
        {
            Engine.Engine.RunOnce(Engine.Clock.Now);
        }

        return query.Result();
    }

    public FlowSnapshot AskOnly() => Assert.Single(Ask().Flows);

    private void Send(Shaper.Engine.Ports.MemoryCapturePort port, byte[] frame)
    {
        Assert.True(port.TryEnqueue(Engine.Clock.Now, frame));
        Engine.Engine.RunOnce(Engine.Clock.Now);
    }
}
