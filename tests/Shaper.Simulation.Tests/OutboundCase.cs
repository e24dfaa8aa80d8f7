using System.Globalization;
using Shaper.Engine.Classify;
using Shaper.Engine.Pipeline;
using Shaper.Engine.TcpRate;
using Shaper.Engine.Units;
using Shaper.NetSim;

namespace Shaper.Simulation.Tests;

/// <summary>
/// Uploads to the hub beside a call, with or without the windows of the far receivers lowered: what the call, our own queue and a short upload of 60 kB
/// every second feel. Half of the uploads go to each site. Seeded: the same case gives the same figures.
/// </summary>
internal sealed record OutboundCase(string Name, double DownMegabits, double UpMegabits, int[] SiteMilliseconds, int Flows)
{
    public const string Header =
        "case               far windows   call up p99/max ms   bulk sojourn p50/p99/max ms   goodput %   dropped   resent   60 kB median/worst s   flows min..max %\n";

    private const int Seconds = 20;
    private const int ShortBytes = 60_000;

    public bool Paced { get; init; }

    public string Run(bool lowered)
    {
        BitRate down = new((ulong)(DownMegabits * 1e6));
        BitRate up = new((ulong)(UpMegabits * 1e6));
        SimEvents events = new();
        Duration[] delays = [.. SiteMilliseconds.Select(ms => Duration.FromMilliseconds(ms))];
        EngineOptions options = new()
        {
            FrameSlots = 4_096,
            FlowHash = new FlowHash(7),
            Steering = new() { MaxConnections = 1_024 },
            OutboundSteering = lowered ? new SteeringOptions { MaxConnections = 1_024 } : null,
        };
        EnginePlan plan = new() { Inbound = DirectionPlan.Of(down, 3, 1_514), Outbound = DirectionPlan.Of(up, 3, 1_514), Rules = RuleSet.Default };
        SpokeModel model = new(events, down, up, Duration.FromMilliseconds(400), delays, plan, options, burstBytes: 3_200, jitterSeed: 1);
        Instant end = Instant.Zero + Duration.FromSeconds(Seconds);
        VoiceStream voice = new(events, model.Phone, model.Hub, 4_001, Instant.Zero, end - Duration.FromSeconds(0.5));
        List<TcpReceiver> receivers = [];
        List<TcpSender> senders = [];
        for (ushort flow = 0; flow < Flows; flow++)
        {
            SimHost site = model.Sites[flow % delays.Length];
            ushort port = (ushort)(5_000 + flow);
            receivers.Add(new(events, site, port));
            senders.Add(new(events, model.Pc, port, site, port, Instant.Zero + Duration.FromSeconds(1 + (0.05 * flow)), paced: Paced));
        }

        List<TcpSender> brief = [];
        for (ushort second = 4; second < Seconds - 2; second++)
        {
            ushort port = (ushort)(7_000 + second);
            _ = new TcpReceiver(events, model.Hub, port);
            brief.Add(new(events, model.Pc, port, model.Hub, port, Instant.Zero + Duration.FromSeconds(second), ShortBytes));
        }

        const double From = 3;
        events.RunUntil(Instant.Zero + Duration.FromSeconds(From));
        long[] before = [.. receivers.Select(r => r.ReceivedBytes)];
        long allBefore = model.Sites.Sum(s => s.ReceivedBytes);
        events.RunUntil(end);
        double[] got = [.. receivers.Select((r, i) => (double)(r.ReceivedBytes - before[i]))];
        double percent = (model.Sites.Sum(s => s.ReceivedBytes) - allBefore) * 8 / (Seconds - From) / up.BitsPerSecond * 100;
        ClassSnapshot bulk = model.Box!.Engine.Snapshot(end).Outbound.Classes.Single(one => one.Name == "bulk");
        double[] times = [.. brief.Select(b => (b.Finished == Instant.Never ? end : b.Finished).Since(b.Started).TotalSeconds).Order()];
        double reach = SiteMilliseconds[0];
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Name,-18} {(lowered ? "lowered" : "as they are"),-12} {Milliseconds(voice.Delay(0.99)) - reach,11:0.0} /{Milliseconds(voice.Delay(1)) - reach,5:0.0}     {Milliseconds(bulk.SojournP50),10:0.0} /{Milliseconds(bulk.SojournP99),6:0.0} /{Milliseconds(bulk.SojournMax),6:0.0}   {percent,10:0.0} {bulk.Drops.Total,9} {senders.Concat(brief).Sum(s => s.Retransmissions),8}      {times[times.Length / 2],8:0.00} /{times[^1],6:0.00}          {got.Min() / got.Average() * 100:0}..{got.Max() / got.Average() * 100:0}\n");
    }

    private static double Milliseconds(Duration span) => span.TotalMilliseconds;
}
