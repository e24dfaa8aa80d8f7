using System.Globalization;
using System.Text;
using Shaper.Engine.Classify;
using Shaper.Engine.Pipeline;
using Shaper.Engine.Units;
using Shaper.NetSim;
using Xunit;

namespace Shaper.Simulation.Tests;

/// <summary>The mission in virtual time: what a call feels, and what is left of the link, with a wire and with the box.</summary>
public class SpokeScenarios
{
    private static readonly Instant End = Instant.Zero + Duration.FromSeconds(20);

    private static EnginePlan Plan(BitRate down, BitRate up, double headroom = 4) => new()
    {
        Inbound = DirectionPlan.Of(down, headroom, 1_514),
        Outbound = DirectionPlan.Of(up, headroom, 1_514),
        Rules = RuleSet.Default,
    };

    [Fact]
    public void A_call_while_two_sites_and_an_upload_fill_the_link()
    {
        StringBuilder table = new("device        voice down p50/p99/max ms   voice up p50/p99/max ms   lost  data down %  data up %\n");
        foreach (bool box in new[] { false, true })
        {
            table.Append(Spoke(box ? "shaper" : "wire", box, udpFlood: false));
        }

        Golden.Compare("call-and-bulk", table.ToString());
    }

    [Fact]
    public void An_upload_flood_of_udp_does_not_touch_the_call()
    {
        StringBuilder table = new("device        voice down p50/p99/max ms   voice up p50/p99/max ms   lost  data down %  data up %\n");
        foreach (bool box in new[] { false, true })
        {
            table.Append(Spoke(box ? "shaper" : "wire", box, udpFlood: true));
        }

        Golden.Compare("call-and-udp-flood", table.ToString());
    }

    [Fact]
    public void The_same_scenario_twice_gives_the_same_bytes()
    {
        Assert.Equal(Spoke("shaper", true, udpFlood: false), Spoke("shaper", true, udpFlood: false));
    }

    private static string Spoke(string name, bool box, bool udpFlood)
    {
        BitRate down = BitRate.FromMegabits(10);
        BitRate up = BitRate.FromMegabits(2);
        SimEvents events = new();
        SpokeModel model = new(
            events, down, up, Duration.FromMilliseconds(400), [Duration.FromMilliseconds(20), Duration.FromMilliseconds(30)],
            box ? Plan(down, up) : null);
        VoiceStream voiceDown = new(events, model.Hub, model.Phone, 4_000, Instant.Zero, End - Duration.FromSeconds(1));
        VoiceStream voiceUp = new(events, model.Phone, model.Hub, 4_001, Instant.Zero, End - Duration.FromSeconds(1));
        List<TcpReceiver> downloads = [];
        for (int site = 0; site < 2; site++)
        {
            Instant start = Instant.Zero + Duration.FromSeconds(site == 0 ? 2 : 7);
            for (ushort flow = 0; flow < 4; flow++)
            {
                ushort port = (ushort)(5_000 + (site * 10) + flow);
                downloads.Add(new(events, model.Pc, port));
                _ = new TcpSender(events, model.Sites[site], port, model.Pc, port, start);
            }
        }

        TcpReceiver upload = new(events, model.Hub, 6_000);
        _ = new TcpSender(events, model.Pc, 6_000, model.Hub, 6_000, Instant.Zero + Duration.FromSeconds(2));
        if (udpFlood)
        {
            _ = new UdpSource(events, model.Pc, model.Hub, 7_000, BitRate.FromMegabits(4), 1_000, Instant.Zero + Duration.FromSeconds(3), End);
        }

        events.RunUntil(Instant.Zero + Duration.FromSeconds(9));
        long downBefore = Sum(downloads);
        long upBefore = model.Up.SentBytes;
        events.RunUntil(End);
        double seconds = 11;
        double downPercent = (Sum(downloads) - downBefore) * 8 / seconds / down.BitsPerSecond * 100;
        double upPercent = (model.Up.SentBytes - upBefore) * 8 / seconds / up.BitsPerSecond * 100;
        Assert.True(upload.ReceivedBytes > 0);
        int lost = voiceDown.Sent - voiceDown.Received + voiceUp.Sent - voiceUp.Received;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{name,-14}{Quantiles(voiceDown),-28}{Quantiles(voiceUp),-26}{lost,4}  {downPercent,11:0.0}  {upPercent,9:0.0}\n");
    }

    private static string Quantiles(VoiceStream voice) => string.Create(
        CultureInfo.InvariantCulture,
        $"{voice.Delay(0.5).TotalMilliseconds:0.00} / {voice.Delay(0.99).TotalMilliseconds:0.00} / {voice.Delay(1).TotalMilliseconds:0.00}");

    private static long Sum(List<TcpReceiver> receivers)
    {
        long sum = 0;
        foreach (TcpReceiver receiver in receivers)
        {
            sum += receiver.ReceivedBytes;
        }

        return sum;
    }
}
