using CsCheck;
using Shaper.Engine.Classify;
using Shaper.Engine.Pipeline;
using Shaper.Engine.Shaping.Framing;
using Shaper.Engine.Shaping.Tree;
using Shaper.Engine.Units;
using Shaper.NetSim;
using Xunit;

namespace Shaper.Engine.Tests.Pipeline;

/// <summary>Whole engines in virtual time: what the class tree, the framing and the policies of a class make of frames between the ports.</summary>
public class ClassTreeEngineTests
{
    private const uint Inside = 0x0A090064;
    private const uint Outside = 0x0A09000B;
    private const int UdpHeaders = FrameCraft.EthernetBytes + FrameCraft.Ipv4Bytes + FrameCraft.UdpBytes;

    private static readonly BitRate TenMegabits = BitRate.FromMegabits(10);

    public static TheoryData<string, string, int> Framings()
    {
        TheoryData<string, string, int> cases = [];
        foreach (string link in (string[])["raw", "ethernet", "pppoe-ptm", "pppoa-llc", "docsis"])
        {
            foreach (string tunnel in (string[])["none", "gre", "gre,esp-transport"])
            {
                cases.Add(link, tunnel, 64);
                cases.Add(link, tunnel, 1_400);
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Framings))]
    public void The_long_run_rate_is_right_to_a_thousandth_in_bits_of_the_line(string link, string tunnel, int frameBytes)
    {
        LinkFraming framing = new(Link(link), Wrapped(tunnel));
        EnginePlan plan = PlanOf(DirectionPlan.Of(TenMegabits, 0, 1_514, framing));
        EngineRig rig = new(plan, new EngineOptions { FrameSlots = 4_096 }, record: false);
        byte[] frame = FrameCraft.Udp(Inside, 5_000, Outside, 6_000, frameBytes - UdpHeaders);

        Flood(rig, frame, Duration.FromSeconds(1));
        long before = rig.WanOut.Counters.Frames;
        Flood(rig, frame, Duration.FromSeconds(4));
        double lineBits = (rig.WanOut.Counters.Frames - before) * 8.0 * LineBytes(link, tunnel, frameBytes);

        Assert.InRange(lineBits / (4 * 1e7), 0.999, 1.001);
    }

    [Fact]
    public void A_flood_that_calls_itself_voice_gets_the_calls_of_the_link_and_honest_bulk_lives()
    {
        EngineRig rig = new(EngineRig.Plan(TenMegabits), new EngineOptions { FrameSlots = 4_096 });
        byte[] voice = FrameCraft.Udp(Inside, 16_400, Outside, 16_402, 958, dscp: 46);
        byte[] bulk = FrameCraft.Udp(Inside, 5_000, Outside, 6_000, 1_208);
        for (int i = 0; i < 20_000; i++)
        {
            rig.Lan.TryEnqueue(rig.Clock.Now, voice);
            if (i % 10 == 0)
            {
                rig.Lan.TryEnqueue(rig.Clock.Now, bulk);
            }

            rig.RunFor(Duration.FromMicroseconds(200));
        }

        DirectionSnapshot end = rig.Engine.Snapshot(rig.Clock.Now).Outbound;
        ClassSnapshot strict = end.Classes.Single(c => c.Name == "voice");
        Assert.InRange(strict.SentWireBytes * 8 / 4.0, 0.97 * strict.Guarantee.BitsPerSecond, 1.03 * strict.Guarantee.BitsPerSecond);
        Assert.InRange(strict.Guarantee.BitsPerSecond, 3_300_000UL, 3_630_000UL);
        Assert.True(strict.PolicedFrames > 0);
        Assert.InRange(end.Inject.Bytes * 8 / 4.0, 9.9e6, 10.1e6);
        Assert.True(rig.SentToWan.Count(f => f.Length == bulk.Length) > 1_000, "honest bulk must not starve");
    }

    [Fact]
    public void An_inbound_flood_above_the_rate_does_not_silence_the_link_although_its_drops_are_charged()
    {
        EngineRig rig = new(EngineRig.Plan(TenMegabits), new EngineOptions { FrameSlots = 4_096 });
        byte[] flood = FrameCraft.Udp(Outside, 5_000, Inside, 6_000, 1_208);
        byte[] voice = FrameCraft.Udp(Outside, 16_400, Inside, 16_402, 172, dscp: 46);
        int calls = 0;
        for (int i = 0; i < 6_000; i++)
        {
            // 12.5 Mbit/s, and a call beside it.
            rig.Wan.TryEnqueue(rig.Clock.Now, flood);
            if (i % 25 == 0)
            {
                rig.Wan.TryEnqueue(rig.Clock.Now, voice);
                calls++;
            }

            rig.RunFor(Duration.FromMicroseconds(800));
        }

        rig.RunFor(Duration.FromMilliseconds(20));
        DirectionSnapshot end = rig.Engine.Snapshot(rig.Clock.Now).Inbound;
        Assert.Equal(calls, rig.SentToLan.Count(f => f.Length == voice.Length));
        Assert.InRange(end.Inject.Bytes * 8 / 4.8, 7.0e6, 9.6e6);
        Assert.True(end.Classes.Single(c => c.Name == "voice").SojournP99 < Duration.FromMilliseconds(10));
    }

    [Fact]
    public void Frames_of_a_connection_keep_their_order_data_and_bare_acknowledgements_alike()
    {
        Gen.Select(Gen.Int[0, 5], Gen.Bool, Gen.Int[0, 1_400], Gen.Int[0, 1_500_000]).Array[1, 200].Sample(
            steps =>
            {
                EngineRig rig = new(EngineRig.Plan(BitRate.FromMegabits(3)));
                uint[] next = new uint[6];
                foreach ((int flow, bool bare, int payload, int gap) in steps)
                {
                    byte[] frame = FrameCraft.Tcp(
                        Inside, (ushort)(1_000 + flow), Outside, 443, 1, next[flow]++, FrameCraft.Ack, 1_000, bare ? 0 : payload);
                    rig.Lan.TryEnqueue(rig.Clock.Now, frame);
                    rig.RunFor(new Duration(gap));
                }

                rig.RunFor(Duration.FromSeconds(2));
                AssertOrder(rig.SentToWan);
            },
            iter: 100);
    }

    [Fact]
    public void A_syn_is_lowered_for_the_rate_of_the_way_back_and_left_alone_where_that_is_fast()
    {
        byte[] syn = FrameCraft.Tcp(Outside, 443, Inside, 1_000, 1, 0, FrameCraft.Syn, 65_535, 0, [2, 4, 0x05, 0xB4]);
        EnginePlan plan = new()
        {
            Inbound = DirectionPlan.Of(TenMegabits, 0, 1_514),
            Outbound = DirectionPlan.Of(BitRate.FromKilobits(800), 0, 1_514),
            Rules = RuleSet.Default,
        };
        EngineRig rig = new(plan);
        rig.Wan.TryEnqueue(rig.Clock.Now, syn);
        rig.Lan.TryEnqueue(rig.Clock.Now, syn);
        rig.RunFor(Duration.FromMilliseconds(10));

        // 10 ms at 800 kbit/s are 1,000 B: 14 of Ethernet, 40 of headers.
        Assert.Equal(946, (rig.SentToLan.Single()[56] << 8) | rig.SentToLan.Single()[57]);
        Assert.Equal(syn, rig.SentToWan.Single());
        Assert.Equal(1, rig.Engine.Snapshot(rig.Clock.Now).Inbound.MssClamped);
    }

    [Fact]
    public void Passthrough_is_bit_exact_and_unshaped()
    {
        EngineRig rig = new(PlanWith(ClassAction.Passthrough, BitRate.FromKilobits(100)));
        byte[] syn = FrameCraft.Tcp(Outside, 443, Inside, 1_000, 1, 0, FrameCraft.Syn, 65_535, 1_000, [2, 4, 0x05, 0xB4]);
        for (int i = 0; i < 50; i++)
        {
            rig.Wan.TryEnqueue(rig.Clock.Now, syn);
        }

        rig.RunFor(Duration.FromMilliseconds(1));

        Assert.Equal(50, rig.SentToLan.Count);
        Assert.All(rig.SentToLan, frame => Assert.Equal(syn, frame));
    }

    [Fact]
    public void Refused_frames_are_dropped_and_answered_the_other_way_at_a_limited_rate()
    {
        EngineRig rig = new(PlanWith(ClassAction.Refuse, TenMegabits));
        byte[] refused = FrameCraft.Udp(Inside, 5_000, Outside, 6_000, 400);
        for (int i = 0; i < 1_000; i++)
        {
            rig.Lan.TryEnqueue(rig.Clock.Now, refused);
            rig.RunFor(Duration.FromMilliseconds(1));
        }

        EngineSnapshot end = rig.Engine.Snapshot(rig.Clock.Now);
        Assert.Empty(rig.SentToWan);
        Assert.Equal(1_000, end.Outbound.Drops.Refused);
        Assert.InRange(rig.SentToLan.Count, RefusalAnswers.PerSecond, RefusalAnswers.PerSecond + RefusalAnswers.Slots);
        Assert.Equal(rig.SentToLan.Count, end.Inbound.RefusalsSent);
        Assert.Equal(1_000, end.Inbound.RefusalsSent + end.Inbound.RefusalsSuppressed);
        Assert.All(rig.SentToLan, answer => Assert.Equal((byte[])[3, 13], answer[34..36]));
        Assert.True(rig.Engine.IsEmpty);
    }

    [Fact]
    public void A_change_of_plan_loses_no_frame_and_keeps_the_order_of_each_flow()
    {
        // What a change may be: rate, tree, framing, rules, alone or together.
        ClassTreeSpec wide = new()
        {
            Classes =
            [
                new() { Name = "web", Min = RateShare.OfPercent(40), Weight = 3 }, new() { Name = "files", Priority = 5 },
                new() { Name = "bulk" }, new() { Name = "inner", Parent = "bulk", Max = RateShare.OfPercent(50) },
            ],
            Default = "bulk",
        };
        ClassNames names = ClassNames.BuiltIn.With(wide);
        Gen<EnginePlan> plans = Gen.Select(Gen.Int[500, 20_000], Gen.Int[0, 2], Gen.Bool, Gen.Bool).Select(c =>
        {
            BitRate rate = BitRate.FromKilobits((ulong)c.Item1);
            LinkFraming framing = c.Item3 ? new(LinkLayer.Ethernet, Tunnel.None) : LinkFraming.AsSeen;
            ClassTreePlan? tree = null;
            if (c.Item2 > 0)
            {
                Assert.Empty(ClassTreePlan.Compile(wide, rate, names, out tree));
            }

            tree ??= DefaultTree.Plan(rate, framing, names);
            return PlanOf(DirectionPlan.Of(rate, 0, 1_514, framing, tree)) with { Rules = c.Item4 ? RuleSet.Default : PortRules(names) };
        });
        Gen<(int Flow, int Payload, int Gap, EnginePlan? Plan)> steps = Gen.Select(
            Gen.Int[0, 5], Gen.Int[0, 1_400], Gen.Int[0, 2_000_000], Gen.Frequency((9, Gen.Const((EnginePlan?)null)), (1, plans.Select(p => (EnginePlan?)p))));
        Gen.Select(plans, steps.Array[1, 150]).Sample(
            (first, traffic) =>
            {
                EngineRig rig = new(first);
                uint[] next = new uint[6];
                foreach ((int flow, int payload, int gap, EnginePlan? plan) in traffic)
                {
                    if (plan is not null)
                    {
                        rig.Engine.Publish(plan);
                    }

                    byte[] frame = FrameCraft.Tcp(
                        Inside, (ushort)(1_000 + flow), Outside, 443, 1, next[flow]++, FrameCraft.Ack, 1_000, payload);
                    rig.Lan.TryEnqueue(rig.Clock.Now, frame);
                    rig.RunFor(new Duration(gap));
                }

                rig.RunFor(Duration.FromSeconds(10));
                DirectionSnapshot end = rig.Engine.Snapshot(rig.Clock.Now).Outbound;
                Assert.Equal(traffic.Length, rig.SentToWan.Count + EngineRig.TailDrops(end));
                Assert.True(rig.Engine.IsEmpty);
                AssertOrder(rig.SentToWan);
            },
            iter: 100);
    }

    private static RuleSet PortRules(ClassNames names)
    {
        Assert.True(names.TryGetId("web", out ushort web) & names.TryGetId("files", out ushort files) & names.TryGetId("inner", out ushort inner));
        return RuleSet.Compile(
        [
            new() { Name = "web", ClassId = web, EitherPort = [new(1_000, 1_001)] },
            new() { Name = "files", ClassId = files, EitherPort = [new(1_002, 1_003)] },
            new() { Name = "inner", ClassId = inner, EitherPort = [new(1_004)] },
        ]);
    }

    private static void Flood(EngineRig rig, byte[] frame, Duration span)
    {
        // Above the rate for every framing; the port's own bound keeps the memory small.
        int perMillisecond = (int)(TenMegabits.BytesIn(Duration.FromMilliseconds(1)) / frame.Length * 2) + 2;
        for (Instant end = rig.Clock.Now + span; rig.Clock.Now < end;)
        {
            for (int i = 0; i < perMillisecond; i++)
            {
                rig.Lan.TryEnqueue(rig.Clock.Now, frame);
            }

            rig.RunFor(Duration.FromMilliseconds(1));
        }
    }

    /// <summary>The line's bytes by the formulas of the standards, written apart from the code under test.</summary>
    private static double LineBytes(string link, string tunnel, int frameBytes)
    {
        int inner = frameBytes - FrameCraft.EthernetBytes;
        int packet = tunnel switch
        {
            "gre" => inner + 24,
            "gre,esp-transport" => 20 + 8 + 16 + (int)(Math.Ceiling((inner + 4 + 2) / 16.0) * 16) + 16,
            _ => inner,
        };
        return link switch
        {
            "ethernet" => Math.Max(packet + 38, 84),
            "docsis" => Math.Max(packet + 18, 64),
            "pppoe-ptm" => packet + 30 + Math.Ceiling((packet + 30) / 64.0),
            "pppoa-llc" => Math.Ceiling((packet + 14) / 48.0) * 53,
            _ => packet + FrameCraft.EthernetBytes,
        };
    }

    private static LinkLayer Link(string name)
    {
        Assert.True(LinkLayer.TryFind(name, out LinkLayer link));
        return link;
    }

    private static Tunnel Wrapped(string name) => name switch
    {
        "gre" => Tunnel.None with { Gre = GreHeader.Plain },
        "gre,esp-transport" => Tunnel.None with
        {
            Gre = GreHeader.Plain,
            Esp = EspMode.Transport,
            Cipher = EspCipher.AesCbc,
            Integrity = EspIntegrity.Sha256,
        },
        _ => Tunnel.None,
    };

    private static EnginePlan PlanOf(DirectionPlan direction) => new() { Inbound = direction, Outbound = direction, Rules = RuleSet.Default };

    private static EnginePlan PlanWith(ClassAction action, BitRate rate)
    {
        ClassTreeSpec spec = new() { Classes = [new() { Name = "bulk", Action = action }, new() { Name = "default" }] };
        ClassNames names = ClassNames.BuiltIn.With(spec);
        Assert.Empty(ClassTreePlan.Compile(spec, rate, names, out ClassTreePlan? tree));
        return PlanOf(DirectionPlan.Of(rate, 0, 1_514, tree: tree));
    }

    private static void AssertOrder(List<byte[]> sent)
    {
        Dictionary<int, uint> last = [];
        foreach (byte[] frame in sent)
        {
            int port = (frame[34] << 8) | frame[35];
            uint at = new TcpSegment(frame).Acknowledgement;
            if (last.TryGetValue(port, out uint before))
            {
                Assert.True(at > before, $"port {port}: {at} after {before}");
            }

            last[port] = at;
        }
    }
}
