using CsCheck;
using Shaper.Engine.TcpRate;
using Shaper.Engine.Units;
using Shaper.NetSim.Checking;
using Xunit;

namespace Shaper.Engine.Tests.TcpRate;

/// <summary>Whatever crosses, in whatever order, steering keeps its rules; judged from outside by a checker that shares no code with it.</summary>
public sealed class SteeringTraceTests
{
    private static readonly Gen<BitRate> Links = Gen.OneOf(BitRate.FromKilobits(200), BitRate.FromMegabits(1), BitRate.FromMegabits(10), BitRate.FromMegabits(1_000));

    [Fact]
    public void No_trace_makes_steering_break_a_rule() => Gen.Select(Links, TraceStep.Traces).Sample((link, trace) =>
    {
        SteeringRig rig = new(link);
        Run(rig, trace);
        rig.Finish();
    });

    [Fact]
    public void A_table_that_is_too_small_breaks_no_rule() => Gen.Select(Links, TraceStep.Traces).Sample((link, trace) =>
    {
        SteeringRig rig = new(link, new SteeringOptions { MaxConnections = 2 }, new CheckRules { JudgesEdges = false });
        Run(rig, trace, slow: 20);
        rig.Finish();
    });

    /// <summary>Acknowledgements wait out stalls, in which the kernel carries what else there is, some of it unseen.</summary>
    [Fact]
    public void No_trace_with_stalls_makes_steering_break_a_rule() => Gen.Select(Links, TraceStep.TracesWithStalls).Sample((link, trace) =>
    {
        SteeringRig rig = new(link);
        Run(rig, trace);
        rig.Finish();
    });

    /// <summary>With the sides exchanged, as far receivers' windows are lowered.</summary>
    [Fact]
    public void No_trace_makes_outbound_steering_break_a_rule_or_hold_anything() => Gen.Select(Links, TraceStep.Traces).Sample((link, trace) =>
    {
        SteeringRig rig = new(link, data: Direction.Outbound);
        Run(rig, trace);
        Assert.Equal(0, rig.Steering.Counters.AcksHeld);
        rig.Finish();
    });

    /// <summary>The traces reach what they are to test: windows are lowered and acknowledgements held in most of them.</summary>
    [Fact]
    public void The_random_traces_make_steering_work()
    {
        int lowered = 0;
        int loweredOutbound = 0;
        int held = 0;
        Gen.Select(Links, TraceStep.Traces).Sample(
            (link, trace) =>
            {
                SteeringRig rig = new(link);
                Run(rig, trace);
                lowered += rig.Steering.Counters.WindowsLowered > 3 ? 1 : 0;
                held += rig.Steering.Counters.AcksHeld > 0 ? 1 : 0;
                SteeringRig outbound = new(link, data: Direction.Outbound);
                Run(outbound, trace);
                loweredOutbound += outbound.Steering.Counters.WindowsLowered > 3 ? 1 : 0;
            },
            iter: 200,
            threads: 1);
        Assert.InRange(lowered, 100, 200);
        Assert.InRange(held, 40, 200);
        Assert.InRange(loweredOutbound, 100, 200);
    }

    /// <summary>Those traces have acknowledgements wait, lower windows of theirs, and have data go past some.</summary>
    [Fact]
    public void The_random_stalls_keep_acknowledgements_and_overtake_some()
    {
        int kept = 0;
        int overtaken = 0;
        Gen.Select(Links, TraceStep.TracesWithStalls).Sample(
            (link, trace) =>
            {
                SteeringRig rig = new(link);
                Run(rig, trace);
                kept += rig.KeptFrames > 3 ? 1 : 0;
                overtaken += rig.Checker.OvertakenSegments > 0 ? 1 : 0;
            },
            iter: 200,
            threads: 1);
        Assert.InRange(kept, 100, 200);
        Assert.InRange(overtaken, 40, 200);
    }

    /// <param name="slow">Makes the gaps longer, so that connections are forgotten.</param>
    internal static void Run(SteeringRig rig, TraceStep[] trace, int slow = 1)
    {
        TraceConnection[] connections = [.. Enumerable.Range(0, TraceStep.Connections).Select(number => new TraceConnection((byte)number))];
        foreach (TraceStep step in trace)
        {
            rig.Pass(step.Gap * slow);
            TraceConnection connection = connections[step.Connection];
            switch (step.Kind)
            {
                case TraceStep.Unseen:
                    // The kernel carries a while, then the box takes over again and is told.
                    rig.Flush();
                    rig.PastTheBox(Direction.Inbound, connection.OutsideData(1_000));
                    rig.PastTheBox(Direction.Outbound, connection.InsideAck(step.A, (ushort)step.B, takesBack: false));
                    rig.Steering.Forget();
                    rig.Checker.LoseCount();
                    continue;
                case TraceStep.Carried:
                    rig.Flush();
                    if (step.InStall().Frame(connection) is (Direction to, byte[] carried))
                    {
                        rig.CarriedByKernel(to, carried);
                    }

                    continue;
                case TraceStep.KeptStall:
                    rig.Flush();
                    rig.Stall(FramesOf(step, connection), step.InboundFirst);
                    continue;
                case TraceStep.StepAside:
                    rig.Flush();
                    continue;
                case TraceStep.Rate:
                    BitRate rate = BitRate.FromKilobits(100 + (step.A % 20_000));
                    rig.Steering.SetTarget(SteeringRig.Tree(rate), rate, rate, rig.Now);
                    continue;
                default:
                    break;
            }

            if (step.Frame(connection) is not (Direction from, byte[] bytes))
            {
                continue;
            }

            if (from == Direction.Inbound)
            {
                rig.FromOutside(bytes);
            }
            else
            {
                rig.FromInside(bytes);
            }
        }
    }

    /// <summary>Of a lossy stall every second segment with data is not seen; SYN and RST always are.</summary>
    private static List<(Direction From, byte[] Frame, bool IsLost)> FramesOf(TraceStep stall, TraceConnection connection)
    {
        List<(Direction From, byte[] Frame, bool IsLost)> frames = [];
        foreach (TraceStep step in stall.Stall())
        {
            if (step.Frame(connection) is (Direction from, byte[] bytes))
            {
                frames.Add((from, bytes, stall.IsLossy && step.Kind is 10 or 21 && (step.A & 0x100) != 0));
            }
        }

        return frames;
    }
}
