using System.Globalization;
using Shaper.Engine.Classify;
using Shaper.Engine.Pipeline;
using Shaper.Engine.TcpRate;
using Shaper.Engine.Units;
using Shaper.NetSim;

namespace Shaper.Simulation.Tests;

/// <summary>
/// One mission with steering: a call is up first, the hub's downloads and an upload start at 2 s, those of further sites at 7 s, 8 s ...;
/// a site's connections are opened one after the other, say who they are, and then send at once, as iperf3 does; the paths vary, and the provider's port is a token bucket of two frames. Seeded: the same case gives the same figures.
/// </summary>
internal sealed record SteeringCase(string Name, double DownMegabits, double UpMegabits, int[] SiteMilliseconds, int Flows)
{
    public const string Header = "case                 added p50/p99/p99.9/max ms      over 3 ms   lost  data %   resent  timeouts   flows min..max %\n";

    private const int Seconds = 20;

    /// <summary>By which the receiver knows whose connection it is: iperf3's cookie. Its acknowledgement is the first to tell a scaled window, of at least a step.</summary>
    private const int GreetingBytes = 37;

    public bool Paced { get; init; }

    public bool Steered { get; init; } = true;

    public int Seed { get; init; } = 1;

    /// <summary>For how long the paths of the further sites stand still, twice a second.</summary>
    public int StandstillMilliseconds { get; init; }

    public bool Trace { get; init; }

    public string Run()
    {
        BitRate down = new((ulong)(DownMegabits * 1e6));
        BitRate up = new((ulong)(UpMegabits * 1e6));
        SimEvents events = new();
        Duration[] delays = [.. SiteMilliseconds.Select(ms => Duration.FromMilliseconds(ms))];
        EngineOptions options = new() { FrameSlots = 4_096, Steering = Steered ? new SteeringOptions { MaxConnections = 4_096 } : null, FlowHash = new FlowHash(7) };
        SpokeModel model = new(events, down, up, Duration.FromMilliseconds(400), delays, Plan(down, up), options, burstBytes: 3_200, jitterSeed: Seed, standstill: Duration.FromMilliseconds(StandstillMilliseconds));
        Instant end = Instant.Zero + Duration.FromSeconds(Seconds);
        VoiceStream voice = new(events, model.Hub, model.Phone, 4_000, Instant.Zero, end - Duration.FromSeconds(0.5));
        VoiceStream voiceUp = new(events, model.Phone, model.Hub, 4_001, Instant.Zero, end - Duration.FromSeconds(0.5));
        List<TcpReceiver> receivers = [];
        List<TcpSender> senders = [];
        Random spread = new(Seed);
        for (int site = 0; site < delays.Length; site++)
        {
            double start = site == 0 ? 2 : 6 + site;
            for (ushort flow = 0; flow < Flows; flow++)
            {
                ushort port = (ushort)(5_000 + (site * 100) + flow);
                receivers.Add(new(events, model.Pc, port));
                Instant opened = Instant.Zero + Duration.FromSeconds(start - (0.1 * (Flows - flow)) + (0.02 * spread.NextDouble()));
                senders.Add(new(events, model.Sites[site], port, model.Pc, port, opened, paced: Paced, sendFrom: Instant.Zero + Duration.FromSeconds(start), greetingBytes: GreetingBytes));
            }
        }

        _ = new TcpReceiver(events, model.Hub, 6_000);
        _ = new TcpSender(events, model.Pc, 6_000, model.Hub, 6_000, Instant.Zero + Duration.FromSeconds(2));
        double all = 7 + delays.Length - 2;
        events.RunUntil(Instant.Zero + Duration.FromSeconds(all));
        long before = model.Pc.ReceivedBytes;
        long[] flowsBefore = [.. receivers.Select(r => r.ReceivedBytes)];
        events.RunUntil(end);
        double seconds = Seconds - all;
        double percent = (model.Pc.ReceivedBytes - before) * 8 / seconds / down.BitsPerSecond * 100;
        double baseMilliseconds = SiteMilliseconds[0];
        double fair = receivers.Select((r, i) => r.ReceivedBytes - flowsBefore[i]).Average();
        double least = receivers.Select((r, i) => r.ReceivedBytes - flowsBefore[i]).Min() / fair * 100;
        double most = receivers.Select((r, i) => r.ReceivedBytes - flowsBefore[i]).Max() / fair * 100;
        string quantiles = string.Join(" / ", new[] { 0.5, 0.99, 0.999, 1 }.Select(q => (voice.Delay(q).TotalMilliseconds - baseMilliseconds).ToString("0.0", CultureInfo.InvariantCulture)));
        if (Trace)
        {
            voice.Write(Console.Out, baseMilliseconds);
        }

        int over = voice.Over(Duration.FromSeconds((baseMilliseconds + 3) / 1e3));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Name,-20} {quantiles,-32} {over,5}     {voice.Sent - voice.Received,5}  {percent,6:0.0}   {senders.Sum(s => s.Retransmissions),6}  {senders.Sum(s => s.Timeouts),8}   {least:0}..{most:0}\n");
    }

    private static EnginePlan Plan(BitRate down, BitRate up) => new() { Inbound = For(down), Outbound = For(up), Rules = RuleSet.Default };

    private static DirectionPlan For(BitRate link)
    {
        return DirectionPlan.Of(link, 2.7, 1_514);
    }
}
