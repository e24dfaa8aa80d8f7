using System.Diagnostics;
using Shaper.Engine.Bridge;
using Shaper.Engine.Units;
using Xunit;

namespace Shaper.Lab.Tests;

/// <summary>What the box changes in the kernel, how it refuses, and that it leaves everything as it found it.</summary>
public sealed class InlineBridgeTests : IDisposable
{
    private readonly string _journal = Directory.CreateTempSubdirectory("shaper-journal").FullName;

    [Theory]
    [InlineData(GateMeans.Tcx)]
    [InlineData(GateMeans.Nft)]
    public void While_the_gate_is_engaged_the_kernel_forwards_nothing_and_the_box_still_answers(GateMeans means)
    {
        using LabLine line = new();
        InBox(line, () =>
        {
            using InlineBridge bridge = InlineBridge.Open("wan", "lan", _journal);
            IWireGate gate = bridge.AttachGate(means);
            Assert.True(Crosses(line), "attached and not engaged: the kernel forwards");

            gate.Engage(Now());
            Beat(gate, milliseconds: 30);
            Assert.False(WhileBeating(gate, () => Crosses(line)), "engaged: the kernel forwards all the same");
            Assert.True(WhileBeating(gate, () => Answers(line)), "engaged: the box's own address");
            Assert.True(gate.Counters.KernelSuppressedFrames > 0);

            gate.Release(Now());
            Thread.Sleep(30);
            Assert.True(Crosses(line), "released");
        });
        Assert.True(Crosses(line), "closed");
        Assert.DoesNotContain("shaper", line.Space.Run("box", "nft", "list", "tables"), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_beat_the_kernel_forwards_again()
    {
        using LabLine line = new();
        InBox(line, () =>
        {
            using InlineBridge bridge = InlineBridge.Open("wan", "lan", _journal);
            IWireGate gate = bridge.AttachGate();
            gate.Engage(Now());
            Assert.False(WhileBeating(gate, () => Crosses(line)));
            Thread.Sleep(30);
            Assert.True(Crosses(line));
        });
    }

    [Fact]
    public void A_port_that_was_removed_and_came_back_is_gated_again()
    {
        using LabLine line = new();
        InBox(line, () =>
        {
            using InlineBridge bridge = InlineBridge.Open("wan", "lan", _journal);
            IWireGate gate = bridge.AttachGate();
            line.Space.Run("box", "ip", "link", "del", "dev", "lan");
            bridge.Tend();
            line.Space.AddVeth("b", "eth0", "box", "lan");
            line.Space.AddAddress("b", "eth0", "10.77.0.2/24");
            line.Space.Run("box", "ethtool", "-K", "lan", "gro", "on");
            line.Space.Run("box", "ip", "link", "set", "dev", "lan", "master", "br0");
            bridge.Tend();
            Assert.Contains("generic-receive-offload: off", line.Space.Run("box", "ethtool", "-k", "lan"), StringComparison.Ordinal);
            Assert.True(Crosses(line));
            gate.Engage(Now());
            Assert.False(WhileBeating(gate, () => Crosses(line)));
        });
    }

    [Fact]
    public void Loose_ports_get_a_bridge_that_goes_when_the_run_ends()
    {
        using LabLine line = new(bridged: false);
        line.Space.Run("box", "ethtool", "-K", "wan", "gro", "on");
        InBox(line, () =>
        {
            using (InlineBridge bridge = InlineBridge.Open("wan", "lan", _journal))
            {
                Assert.True(bridge.BridgeCreated);
                Assert.Equal("shaper0", bridge.BridgeName);
                Assert.Equal(["rx-gro"], bridge.OffloadsTurnedOff["wan"]);
                Assert.Contains("generic-receive-offload: off", line.Space.Run("box", "ethtool", "-k", "wan"), StringComparison.Ordinal);
                LabSpace.WaitUntil(() => Crosses(line), TimeSpan.FromSeconds(5), () => "the new bridge does not forward");
            }

            Assert.Contains("generic-receive-offload: on", line.Space.Run("box", "ethtool", "-k", "wan"), StringComparison.Ordinal);
            string links = line.Space.Run("box", "ip", "link");
            Assert.DoesNotContain("shaper0", links, StringComparison.Ordinal);
            Assert.DoesNotContain("state UP", links, StringComparison.Ordinal);
            Assert.Empty(Directory.GetFiles(_journal));
        });
    }

    [Fact]
    public void What_a_killed_run_left_is_put_back_by_the_next()
    {
        using LabLine line = new(bridged: false);
        line.Space.Run("box", "ethtool", "-K", "wan", "gro", "on");
        LabShaper killed = line.Shape();
        killed.Process.Signal("KILL");
        killed.Process.WaitForExit(TimeSpan.FromSeconds(5));
        killed.Dispose();
        LabSpace.WaitUntil(() => Crosses(line), TimeSpan.FromSeconds(5), () => "the bridge of the killed run must carry on");
        Assert.Contains("generic-receive-offload: off", line.Space.Run("box", "ethtool", "-k", "wan"), StringComparison.Ordinal);
        using (LabShaper next = line.Shape())
        {
            next.Stop();
        }

        Assert.Contains("generic-receive-offload: on", line.Space.Run("box", "ethtool", "-k", "wan"), StringComparison.Ordinal);
        Assert.DoesNotContain("shaper0", line.Space.Run("box", "ip", "link"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_bridge_of_the_operator_stays_as_it_was()
    {
        using LabLine line = new();
        string before = line.Space.Run("box", "ip", "-d", "link", "show", "dev", "br0");
        InBox(line, () =>
        {
            using InlineBridge bridge = InlineBridge.Open("wan", "lan", _journal);
            Assert.False(bridge.BridgeCreated);
            Assert.Equal("br0", bridge.BridgeName);
            _ = bridge.AttachGate();
        });
        Assert.Equal(Settings(before), Settings(line.Space.Run("box", "ip", "-d", "link", "show", "dev", "br0")));
    }

    [Fact]
    public void Two_shapers_cannot_share_a_port()
    {
        using LabLine line = new();
        InBox(line, () =>
        {
            using InlineBridge first = InlineBridge.Open("wan", "lan", _journal);
            Assert.Equal(BridgeFault.PortInUse, Refusal("wan", "lan").Fault);
        });
    }

    [Fact]
    public void What_cannot_be_bridged_is_refused_in_one_line_and_nothing_is_changed()
    {
        using LabLine line = new();
        line.Space.AddVeth("a", "eth1", "box", "spare");
        line.Space.AddVeth("a", "eth2", "box", "other");
        line.Space.AddVeth("a", "eth3", "box", "far");
        line.Space.AddAddress("box", "spare", "192.0.2.1/24");
        line.Space.AddBridge("box", "br1", "far");
        string before = Links(line);
        InBox(line, () =>
        {
            AssertRefusal(BridgeFault.UnknownInterface, "there is no interface 'eth9'; there are:", Refusal("wan", "eth9"));
            AssertRefusal(BridgeFault.UnknownInterface, "a-name-that-is-much-too-long", Refusal("a-name-that-is-much-too-long", "lan"));
            AssertRefusal(BridgeFault.SamePort, "both wan", Refusal("wan", "wan"));
            AssertRefusal(BridgeFault.NotAPort, "lo is the loopback", Refusal("wan", "lo"));
            AssertRefusal(BridgeFault.NotAPort, "br0 is a bridge", Refusal("br0", "lan"));
            AssertRefusal(BridgeFault.DifferentBridges, "wan is in br0, far is in br1", Refusal("wan", "far"));
            AssertRefusal(BridgeFault.DifferentBridges, "other is in no bridge", Refusal("wan", "other"));
            AssertRefusal(BridgeFault.PortHasAddresses, "192.0.2.1/24", Refusal("spare", "other"));
        });
        Assert.Equal(before, Links(line));
        Assert.Empty(Directory.GetFiles(_journal));
    }

    /// <summary>The links without what settles by itself a moment after it was made: carrier and state.</summary>
    private static string Links(LabLine line) =>
        System.Text.RegularExpressions.Regex.Replace(line.Space.Run("box", "ip", "-o", "link"), @"<[^>]*>| state \S+| qdisc \S+", "");

    [Fact]
    public void A_bridge_that_filters_vlans_is_refused()
    {
        using LabLine line = new();
        if (line.Space.Try("box", TimeSpan.FromSeconds(5), "ip", "link", "set", "dev", "br0", "type", "bridge", "vlan_filtering", "1").Code != 0)
        {
            Assert.Skip("this kernel's bridge has no VLAN filtering");
        }

        InBox(line, () => AssertRefusal(BridgeFault.VlanFiltering, "vlan_filtering 0", Refusal("wan", "lan")));
    }

    [Fact]
    public void The_probes_find_this_machine_fit_and_leave_no_trace()
    {
        using LabLine line = new();
        InBox(line, () =>
        {
            string before = line.Space.Run("box", "ip", "-o", "link");
            IReadOnlyList<ProbeResult> results = MachineProbes.Run("wan", "lan");
            Assert.Equal(before, line.Space.Run("box", "ip", "-o", "link"));
            Assert.All(results, result => Assert.True(result.State == ProbeState.Good || result.Remedy.Length > 0, result.ToString()));
            Assert.DoesNotContain(results, result => result.State == ProbeState.Missing);
            Assert.Contains(MachineProbes.Run("wan", "nosuch"), result => result.State == ProbeState.Missing && result.Found.Contains("no such", StringComparison.Ordinal));
        });
    }

    public void Dispose() => Directory.Delete(_journal, recursive: true);

    private static void InBox(LabLine line, Action body) => LabThread.Run(line.Space.NameOf("box"), body);

    /// <summary>One echo request from a to b, answered in time. The address of b is known beforehand, so nothing but the echo is needed.</summary>
    private static bool Crosses(LabLine line)
    {
        line.Space.Run("a", "ip", "neigh", "replace", "10.77.0.2", "lladdr", MacOf(line, "b"), "dev", "eth0", "nud", "permanent");
        line.Space.Run("b", "ip", "neigh", "replace", "10.77.0.1", "lladdr", MacOf(line, "a"), "dev", "eth0", "nud", "permanent");
        return line.Space.Try("a", TimeSpan.FromSeconds(10), "ping", "-c", "1", "-W", "1", "10.77.0.2").Code == 0;
    }

    private static bool Answers(LabLine line) =>
        line.Space.Try("a", TimeSpan.FromSeconds(10), "ping", "-c", "1", "-W", "1", LabLine.BoxAddress).Code == 0;

    private static string MacOf(LabLine line, string space)
    {
        string[] words = line.Space.Run(space, "ip", "-o", "link", "show", "dev", "eth0").Split(' ');
        return words[Array.IndexOf(words, "link/ether") + 1];
    }

    private static bool WhileBeating(IWireGate gate, Func<bool> body)
    {
        bool done = false;
        Thread beating = new(() =>
        {
            while (!Volatile.Read(ref done))
            {
                gate.Beat(Now());
                Thread.Sleep(1);
            }
        });
        beating.Start();
        try
        {
            return body();
        }
        finally
        {
            Volatile.Write(ref done, true);
            beating.Join();
        }
    }

    private static void Beat(IWireGate gate, int milliseconds)
    {
        Stopwatch watch = Stopwatch.StartNew();
        while (watch.ElapsedMilliseconds < milliseconds)
        {
            gate.Beat(Now());
            Thread.Sleep(1);
        }
    }

    private static Instant Now() => new(Stopwatch.GetTimestamp());

    private BridgeException Refusal(string wan, string lan) =>
        Assert.Throws<BridgeException>(() =>
        {
            using InlineBridge bridge = InlineBridge.Open(wan, lan, _journal);
        });

    private static void AssertRefusal(BridgeFault fault, string words, BridgeException refusal)
    {
        Assert.Equal(fault, refusal.Fault);
        Assert.Contains(words, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refusal.Message);
    }

    /// <summary>Without the timers, which run.</summary>
    private static string[] Settings(string link) =>
        [.. link.Split(' ', StringSplitOptions.RemoveEmptyEntries).Where(word => !word.Contains('.', StringComparison.Ordinal))];
}
