using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Shaper.Engine.Queueing;
using Shaper.Engine.Shaping.Framing;
using Shaper.Engine.Shaping.Tree;
using Shaper.Engine.Units;
using Shaper.NetSim;
using Xunit;
using static Shaper.Simulation.Tests.ScenarioTable;

namespace Shaper.Simulation.Tests;

/// <summary>Makes docs/scenarios.md of what the scheduler and steering do in virtual time, and holds it to that. SHAPER_UPDATE_GOLDEN=1 writes the page.</summary>
public sealed class ScenarioPage
{
    private const uint Outside = 0xC000_0207;
    private const int FullFrame = 1_514;
    private const int UdpHeaders = FrameCraft.EthernetBytes + FrameCraft.Ipv4Bytes + FrameCraft.UdpBytes;

    private static readonly BitRate Link = BitRate.FromMegabits(10);

    [Fact]
    public void The_page_of_scenarios_says_what_the_scheduler_does()
    {
        StringBuilder page = new(
            """
            # Scenarios

            What the scheduler makes of traffic, and what steering makes of senders, computed in virtual time: the same figures on every machine. The page is written, and held to what the code does, by a test:

                SHAPER_UPDATE_GOLDEN=1 dotnet run -c Release --project tests/Shaper.Simulation.Tests -- -class Shaper.Simulation.Tests.ScenarioPage

            Without the variable the test fails where the page differs. The link has 10 Mbit/s and frames 1,514 B unless a table says otherwise; figures are of 5 s after 1 s to settle.
            Transfers always have frames and understand ECN, so that CoDel marks them; whatever else queues does not. In the tables on steering the box
            has default headroom, senders are NewReno, and the provider's port is a token bucket of two frames with 400 ms of queue.

            """);
        Shares(page);
        Hosts(page);
        Sparse(page);
        Acknowledgements(page);
        Framing(page);
        SteeringPage.Write(page);
        UpstreamPage.Write(page);
        Compare(page.ToString());
    }

    private static void Shares(StringBuilder page)
    {
        Heading(page, "Shares", "All classes always have frames.", "what is set", "classes", "Mbit/s");
        Share(page, "guarantee", Class("a", min: "6mbit"), Class("b", min: "2mbit"), Class("c"));
        Share(page, "guarantee and ceiling", Class("a", min: "1mbit", max: "2mbit"), Class("b"), Class("c", max: "3mbit"));
        Share(page, "weight 1, 3, 6", Class("a", weight: 1), Class("b", weight: 3), Class("c", weight: 6));
        Share(page, "priority 0 before 3; floor 5 %", Class("a", priority: 0), Class("b"));
        Share(page, "priority 0 before 3; the lower is guaranteed 4 Mbit/s", Class("a", priority: 0), Class("b", min: "4mbit"));
        Share(page, "priority 0 before 3 before 7; floor 5 %", Class("a", priority: 0), Class("b"), Class("c", priority: 7));
    }

    private static void Share(StringBuilder page, string what, params ClassSpec[] classes)
    {
        ScenarioTree rig = new(new() { Classes = classes }, Link);
        List<ScenarioSource> sources = [.. classes.Select((c, n) => rig.Add(new(c.Name, () => Transfer(n + 1, 1))))];
        Measure(rig, sources);
        Row(page, what, string.Join(", ", classes.Select(c => c.Name)), string.Join(", ", sources.Select(Megabits)));
    }

    private static void Hosts(StringBuilder page)
    {
        Heading(page, "Host fairness", "Two hosts of one class, with so many transfers each.", "transfers", "first host Mbit/s", "second host Mbit/s");
        foreach ((int first, int second) in new[] { (1, 1), (4, 1), (20, 1), (50, 10) })
        {
            ScenarioTree rig = new(new() { Classes = [Class("data")] }, Link);
            List<ScenarioSource> ofFirst = [.. Enumerable.Range(1, first).Select(n => rig.Add(new("data", () => Transfer(1, n))))];
            List<ScenarioSource> ofSecond = [.. Enumerable.Range(1, second).Select(n => rig.Add(new("data", () => Transfer(2, n))))];
            Measure(rig, [.. ofFirst, .. ofSecond]);
            Row(page, $"{first} and {second}", Megabits(ofFirst.Sum(s => s.SentBytes)), Megabits(ofSecond.Sum(s => s.SentBytes)));
        }
    }

    private static void Sparse(StringBuilder page)
    {
        Heading(
            page, "Delay of a sparse flow", "100 B each 20 ms from one host, in one class with the transfers of another; one full frame takes 1.2 ms.",
            "transfers", "p50 ms", "p99 ms", "max ms", "lost");
        foreach (int transfers in new[] { 0, 1, 10, 50 })
        {
            ScenarioTree rig = new(new() { Classes = [Class("data")] }, Link);
            for (int n = 1; n <= transfers; n++)
            {
                int flow = n;
                rig.Add(new("data", () => Transfer(1, flow)));
            }

            ScenarioSource sparse = rig.Add(new("data", () => Udp(2, 1, 100), Duration.FromMilliseconds(20)));
            Measure(rig, [sparse]);
            Row(page, $"{transfers}", Figure(sparse.Waited(0.5)), Figure(sparse.Waited(0.99)), Figure(sparse.Waited(1)), $"{rig.Tree.Drops.TotalFrames}");
        }
    }

    private static void Acknowledgements(StringBuilder page)
    {
        Heading(
            page, "Acknowledgements", "A way up of 1 Mbit/s, filled by one upload; the acknowledgements of a download come as often as stated.",
            "each second", "thinned", "sent each second", "p50 ms", "max ms", "upload Mbit/s");
        foreach (int rate in new[] { 500, 2_000 })
        {
            foreach (bool thins in new[] { false, true })
            {
                ScenarioTree rig = new(new() { Classes = [Class("data")] }, BitRate.FromMegabits(1), thinAcks: thins);
                ScenarioSource upload = rig.Add(new("data", () => Transfer(1, 1)));
                uint acknowledged = 1;
                ScenarioSource acks = rig.Add(new(
                    "data",
                    () => FrameCraft.Tcp(Host(2), 5_000, Outside, 443, 1, acknowledged += 2_920, FrameCraft.Ack, 8_192, 0),
                    new Duration(1_000_000_000 / rate)));
                Measure(rig, [upload, acks]);
                Row(page, $"{rate:N0}", thins ? "yes" : "no", $"{acks.Sent / 5:N0}", Figure(acks.Waited(0.5)), Figure(acks.Waited(1)), Megabits(upload));
            }
        }
    }

    private static void Framing(StringBuilder page)
    {
        Heading(page, "Framing", "What a frame costs on the line, in bytes.", "link", "tunnel", "frame of 64 B", "of 590 B", "of 1,414 B");
        foreach ((string name, LinkLayer link) in LinkLayer.Named)
        {
            foreach (string text in new[] { "none", "gre" })
            {
                Tunnel tunnel = text == "gre" ? Tunnel.None with { Gre = GreHeader.Plain } : Tunnel.None;
                LinkFraming framing = new(link, tunnel);
                Row(page, name, text, $"{framing.WireBytesOfFrame(64)}", $"{framing.WireBytesOfFrame(590)}", $"{framing.WireBytesOfFrame(1_414):N0}");
            }
        }
    }

    private static void Measure(ScenarioTree rig, IReadOnlyList<ScenarioSource> sources)
    {
        rig.Run(Duration.FromSeconds(1));
        foreach (ScenarioSource source in sources)
        {
            source.Forget();
        }

        rig.Run(Duration.FromSeconds(5));
    }

    private static ClassSpec Class(string name, string? min = null, string? max = null, int priority = 3, int weight = 1) =>
        new() { Name = name, Min = Rate(min), Max = Rate(max), Priority = priority, Weight = weight };

    private static RateShare? Rate(string? text) =>
        text is null ? null : RateShare.TryParse(text, out RateShare share) ? share : throw new ArgumentException(text);

    private static uint Host(int number) => 0x0A09_0000 + (uint)number;

    private static byte[] Udp(int host, int flow, int frameBytes) =>
        FrameCraft.Udp(Host(host), (ushort)(5_000 + flow), Outside, 6_000, frameBytes - UdpHeaders);

    /// <summary>A full frame that may be marked: ECT(0).</summary>
    private static byte[] Transfer(int host, int flow)
    {
        byte[] frame = Udp(host, flow, FullFrame);
        Span<byte> header = frame.AsSpan(FrameCraft.EthernetBytes, FrameCraft.Ipv4Bytes);
        header[1] |= 2;
        header[10..12].Clear();
        uint sum = 0;
        for (int at = 0; at < header.Length; at += sizeof(ushort))
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(header[at..]);
        }

        sum = (sum & 0xFFFF) + (sum >> 16);
        sum = (sum & 0xFFFF) + (sum >> 16);
        BinaryPrimitives.WriteUInt16BigEndian(header[10..], (ushort)~sum);
        return frame;
    }

    private static string Megabits(ScenarioSource source) => Megabits(source.SentBytes);

    private static string Megabits(long bytes) => Figure(bytes * 8 / 5e6);

    private static void Compare(string page, [CallerFilePath] string source = "")
    {
        string path = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(source)!, "../../docs/scenarios.md"));
        if (Environment.GetEnvironmentVariable("SHAPER_UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(path, page);
        }

        Assert.True(File.Exists(path), "no docs/scenarios.md; run with SHAPER_UPDATE_GOLDEN=1 to make it");
        Assert.Equal(File.ReadAllText(path), page);
    }
}
