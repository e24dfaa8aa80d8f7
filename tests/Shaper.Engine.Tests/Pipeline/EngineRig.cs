using Shaper.Engine.Bridge;
using Shaper.Engine.Classify;
using Shaper.Engine.Pipeline;
using Shaper.Engine.Ports;
using Shaper.Engine.Time;
using Shaper.Engine.Units;

namespace Shaper.Engine.Tests.Pipeline;

/// <summary>An engine between four in-memory port halves, in virtual time, that remembers what left each port.</summary>
internal sealed class EngineRig
{
    public EngineRig(EnginePlan plan, EngineOptions? options = null, bool record = true, IWireGate? gate = null)
    {
        gate ??= Gate;
        Wan = new(Clock, capacityFrames: 2_048, name: "wan");
        Lan = new(Clock, capacityFrames: 2_048, name: "lan");
        WanOut = new(Clock, record ? (_, frame) => SentToWan.Add(frame.ToArray()) : null, "wan");
        LanOut = new(Clock, record ? (_, frame) => SentToLan.Add(frame.ToArray()) : null, "lan");
        Engine = new(
            options ?? new EngineOptions { FrameSlots = 1_024 }, plan, new EnginePorts(Wan, WanOut, Lan, LanOut), gate, Clock.Now);
        Engine.Loop.Engage(Clock.Now);
    }

    public VirtualClock Clock { get; } = new();

    public OpenGate Gate { get; } = new();

    public MemoryCapturePort Wan { get; }

    public MemoryCapturePort Lan { get; }

    public MemoryInjectPort WanOut { get; }

    public MemoryInjectPort LanOut { get; }

    public List<byte[]> SentToWan { get; } = [];

    public List<byte[]> SentToLan { get; } = [];

    public ShaperEngine Engine { get; }

    public static EnginePlan Plan(BitRate rate, long burstBytes = 3_028)
    {
        DirectionPlan direction = DirectionPlan.Of(rate, 0, 1_514) with { BurstBytes = burstBytes };
        return new() { Inbound = direction, Outbound = direction, Rules = RuleSet.Default };
    }

    /// <summary>Runs the engine as a live loop would, jumping from one instant it asks for to the next.</summary>
    public void RunFor(Duration span)
    {
        Instant end = Clock.Now + span;
        while (true)
        {
            Instant next = Engine.RunOnce(Clock.Now);
            next = Instant.Min(next, Instant.Min(Wan.NextArrival, Lan.NextArrival));
            if (next >= end)
            {
                Clock.AdvanceTo(end);
                return;
            }

            // The engine asks for "now" while there is work; a nanosecond keeps a fault from standing still for ever.
            Clock.AdvanceTo(next > Clock.Now ? next : Clock.Now + new Duration(1));
        }
    }

    public static long TailDrops(DirectionSnapshot direction)
    {
        long sum = direction.Drops.Total;
        foreach (long drops in direction.HandoffDrops)
        {
            sum += drops;
        }

        return sum;
    }
}
