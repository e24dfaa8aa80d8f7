using CsCheck;
using Shaper.Engine.Classify;
using Shaper.Engine.Pipeline;
using Shaper.Engine.TcpRate;
using Shaper.Engine.Units;
using Shaper.NetSim;
using Shaper.NetSim.Checking;
using Xunit;

namespace Shaper.Engine.Tests.TcpRate;

/// <summary>The same random traces through the whole engine: capture, classes, steering, queues, stepping aside and taking over again.</summary>
public sealed class SteeringEngineTests
{
    private static readonly BitRate Rate = BitRate.FromMegabits(50);

    /// <param name="exchanged">The receivers of most of the data stand outside, so that it is far windows that are lowered.</param>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void No_trace_makes_the_engine_break_a_rule_or_lose_what_it_holds(bool exchanged) => TraceStep.Traces.Sample(trace =>
    {
        SteeringChecker checker = new(new() { AcksMayPassData = true, MayMarkCe = true, MayLowerInbound = true, JudgesHolds = false });
        SimEvents events = new();
        DirectionPlan direction = DirectionPlan.Of(Rate, 0, 1_514) with { BurstBytes = 3_028 };
        EnginePlan plan = new() { Inbound = direction, Outbound = direction, Rules = RuleSet.Default };
        EngineOptions options = new() { FrameSlots = 1_024, HandoffFrames = 512, Steering = new() { MaxConnections = 64 }, OutboundSteering = new() { MaxConnections = 64 } };
        using ShaperNode node = new(
            events, plan, options, frame => checker.Left(Direction.Inbound, frame, events.Now), frame => checker.Left(Direction.Outbound, frame, events.Now));
        TraceConnection[] connections = [.. Enumerable.Range(0, TraceStep.Connections).Select(number => new TraceConnection((byte)number))];
        foreach (TraceStep step in trace)
        {
            events.RunUntil(events.Now + step.Gap);
            if (step.Kind is TraceStep.Unseen or TraceStep.StepAside)
            {
                StepAside(node, events, checker, connections[step.Connection], step, exchanged);
            }
            else if (step.Kind != TraceStep.Rate && step.Kind != TraceStep.Broken && step.Frame(connections[step.Connection]) is (Direction from, byte[] bytes))
            {
                Direction way = Exchange(from, exchanged);
                checker.Arrived(way, bytes, events.Now);
                (way == Direction.Inbound ? (Action<byte[]>)node.FromWan : node.FromLan)(bytes);
            }
        }

        events.RunUntil(events.Now + Duration.FromSeconds(1));
        Assert.True(node.Engine.IsEmpty);
        checker.Finish(0, 0);
        Assert.True(checker.Faults.Count == 0, string.Join('\n', checker.Faults));
    });

    /// <summary>The kernel carries for a while. What was held has left before, and nothing is forgotten or doubled.</summary>
    private static void StepAside(ShaperNode node, SimEvents events, SteeringChecker checker, TraceConnection connection, TraceStep step, bool exchanged)
    {
        Assert.True(node.Engine.TryPost(EngineCommand.BypassOn));
        events.RunUntil(events.Now + Duration.FromMilliseconds(201));
        Assert.True(node.Engine.Loop.Bypass);
        Assert.True(node.Engine.IsEmpty);
        if (step.Kind == TraceStep.Unseen)
        {
            byte[] frame = connection.InsideAck(step.A, (ushort)step.B, takesBack: false);
            checker.PassedBy(Exchange(Direction.Outbound, exchanged), frame, events.Now);
        }

        Assert.True(node.Engine.TryPost(EngineCommand.BypassOff));
        events.RunUntil(events.Now + Duration.FromMilliseconds(201));
        Assert.False(node.Engine.Loop.Bypass);
        checker.LoseCount();
    }

    private static Direction Exchange(Direction from, bool exchanged) => (from == Direction.Inbound) == exchanged ? Direction.Outbound : Direction.Inbound;
}
