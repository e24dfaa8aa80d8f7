using Shaper.Engine.Bridge;
using Shaper.Engine.Classify;
using Shaper.Engine.Pipeline;
using Shaper.Engine.Ports;
using Shaper.Engine.Time;
using Shaper.Engine.Units;

namespace Shaper.Host.Replay;

/// <summary>
/// Sends a capture through the engine in virtual time: the same pumps as live, with files for ports and a clock that jumps. Faster than real time, and the
/// same bytes on every run.
/// </summary>
internal static class ReplayRun
{
    /// <summary>Any seed will do, as long as it is always the same one.</summary>
    private const ulong HashSeed = 1;

    /// <exception cref="CaptureFileException">The input cannot be read or the output not be written.</exception>
    public static ReplayReport Run(string input, string? output, EnginePlan plan, IReadOnlyList<AddressPrefix> inside, CancellationToken stop)
    {
        VirtualClock clock = new();
        SideFinder wanSides = new(inside);
        SideFinder lanSides = new(inside);
        using CaptureFilePort wan = new(input, clock, frame => wanSides.Of(frame) == Direction.Inbound);
        using CaptureFilePort lan = new(input, clock, frame => lanSides.Of(frame) == Direction.Outbound);
        using CaptureFileWriter? writer = output is null ? null : new(output);
        EngineOptions options = new() { SlotBytes = LongestFrameBytes, FrameSlots = 4_096, FlowHash = new(HashSeed) };
        OpenGate gate = new();
        using ShaperEngine engine = new(
            options,
            plan,
            new EnginePorts(
                wan,
                new CaptureFileInjectPort(writer, clock, wan.OriginUnixNs, "wan"),
                lan,
                new CaptureFileInjectPort(writer, clock, lan.OriginUnixNs, "lan")),
            gate,
            clock.Now);
        engine.Loop.Engage(clock.Now);
        while (!(wan.State == PortState.Ended && lan.State == PortState.Ended && engine.IsEmpty))
        {
            stop.ThrowIfCancellationRequested();
            Instant next = engine.RunOnce(clock.Now);
            Instant arrival = Instant.Min(wan.NextArrival, lan.NextArrival);

            // An empty engine wants to be woken only to tend its ports, and files need no tending: a capture may hold a gap of years.
            clock.AdvanceTo(engine.IsEmpty ? (arrival == Instant.Never ? clock.Now : arrival) : Instant.Min(next, arrival));
        }

        return ReplayReport.Of(input, output, wan, wanSides.ByStation, engine.Snapshot(clock.Now));
    }

    /// <summary>Jumbo frames and what a capture of an unfinished offload may hold.</summary>
    private const int LongestFrameBytes = 9_216;
}
