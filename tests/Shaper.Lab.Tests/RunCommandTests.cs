using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Xunit;

namespace Shaper.Lab.Tests;

/// <summary>
/// The program itself on real interfaces: what it answers when it cannot start, that it leaves nothing behind, and how it speaks to systemd.
/// <code>
///   a [eth0] ---- [wan] box: br0 [lan] ---- [eth0] b
/// </code>
/// </summary>
public sealed class RunCommandTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly string[] Rates = ["--down", "10mbit", "--up", "2mbit", "--headroom", "5"];

    [Fact]
    public void What_cannot_run_is_refused_in_one_line_with_its_exit_code_and_leaves_nothing_behind()
    {
        using LabLine line = new();
        line.Space.AddVeth("a", "eth1", "box", "loose");
        string socket = SocketPath();
        string before = StateOf(line.Space);
        (int Code, string Line, string[] Arguments)[] cases =
        [
            (2, "--lan 'nope': there is no such interface", ["--wan", "wan", "--lan", "nope"]),
            (2, "--wan and --lan are both 'wan'", ["--wan", "wan", "--lan", "wan"]),
            (2, "br0 is a bridge itself", ["--wan", "wan", "--lan", "br0"]),
            (1, "loose", ["--wan", "wan", "--lan", "loose"]),
            (2, "--socket-group 'no-such-group'", ["--wan", "wan", "--lan", "lan", "--socket-group", "no-such-group"]),
            (1, "the control socket", ["--wan", "wan", "--lan", "lan", "--socket", "/proc/nowhere/c.sock"]),
        ];
        foreach ((int code, string expected, string[] arguments) in cases)
        {
            (int Code, string Output, string Error) run = line.Space.Try(
                "box", Patience, LabShaper.Program, ["run", .. Rates, .. arguments, .. arguments.Contains("--socket") ? Array.Empty<string>() : ["--socket", socket]]);
            Assert.True(run.Code == code && run.Output.Length == 0, $"{string.Join(' ', arguments)}: {run}");
            string said = Assert.Single(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
            Assert.Contains(expected, said, StringComparison.Ordinal);
            Assert.Equal(before, StateOf(line.Space));
            Assert.Empty(line.Space.JournalsIn("box"));
            Assert.False(File.Exists(socket) || File.Exists(socket + ".lock"));
        }
    }

    [Fact]
    public void Without_root_it_says_so_and_touches_nothing()
    {
        LabRequirement.Commands("setpriv");
        using LabLine line = new();
        string before = StateOf(line.Space);
        (int code, _, string error) = line.Space.Try(
            "box", Patience, "setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--bounding-set", "-all",
            LabShaper.Program, "run", "--wan", "wan", "--lan", "lan", "--down", "1mbit", "--up", "1mbit");
        Assert.Equal(1, code);
        Assert.Contains("run it as root", Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.Equal(before, StateOf(line.Space));
        Assert.Empty(line.Space.JournalsIn("box"));
    }

    [Fact]
    public void A_second_shaper_on_the_socket_or_on_a_port_is_refused_and_the_first_goes_on()
    {
        using LabLine line = new();
        string socket = SocketPath();
        using LabProcess first = Start(line.Space, socket);
        (int code, _, string error) = line.Space.Try("box", Patience, LabShaper.Program, Run(socket));
        Assert.Equal(1, code);
        Assert.Contains($"the control socket {socket} is in use", error, StringComparison.Ordinal);

        string other = SocketPath();
        (code, _, error) = line.Space.Try("box", Patience, LabShaper.Program, Run(other));
        Assert.Equal(1, code);
        Assert.Contains("another shaper already runs on wan", Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.False(File.Exists(other));

        Assert.Equal("shaping", Status(line.Space, socket).GetProperty("mode").GetString());
        Assert.False(first.HasExited);
    }

    [Fact]
    public void Two_shapers_on_two_pairs_of_ports_live_side_by_side()
    {
        using LabLine line = new();
        line.Space.AddVeth("a", "eth1", "box", "wan2");
        line.Space.AddVeth("b", "eth1", "box", "lan2");
        line.Space.AddBridge("box", "br1", "wan2", "lan2");
        string north = SocketPath();
        string south = SocketPath();
        using LabProcess first = Start(line.Space, north);
        using LabProcess second = line.Space.Start(
            "box", LabShaper.Program, "run", "--wan", "wan2", "--lan", "lan2", "--down", "3mbit", "--up", "1mbit", "--socket", south);
        second.WaitForOutput("shaping between", Patience);
        Assert.Equal(10_000_000, Status(line.Space, north).GetProperty("down").GetProperty("linkBitsPerSecond").GetInt64());
        Assert.Equal(3_000_000, Status(line.Space, south).GetProperty("down").GetProperty("linkBitsPerSecond").GetInt64());
        Assert.Equal("stopped\n", Command(line.Space, "stop", "--socket", north));
        Assert.Equal(0, first.WaitForExit(Patience));
        Assert.Equal("shaping", Status(line.Space, south).GetProperty("mode").GetString());
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    [InlineData("HUP")]
    public void A_signal_ends_it_with_code_0_and_the_machine_is_as_it_was(string signal)
    {
        using LabLine line = new();
        line.Space.Run("box", "ethtool", "-K", "wan", "gro", "on");
        string socket = SocketPath();
        string before = StateOf(line.Space);
        using LabProcess shaper = Start(line.Space, socket);
        Assert.NotEqual(before, StateOf(line.Space));
        shaper.Signal(signal);
        Assert.Equal(0, shaper.WaitForExit(Patience));
        Assert.Contains("stopped; the kernel bridge carries the traffic", shaper.Output, StringComparison.Ordinal);
        Assert.Equal(before, StateOf(line.Space));
        Assert.Empty(line.Space.JournalsIn("box"));
        Assert.False(File.Exists(socket) || File.Exists(socket + ".lock"));
    }

    [Fact]
    public void After_a_kill_the_next_one_takes_the_socket_over_and_leaves_the_machine_as_it_was_before_both()
    {
        using LabLine line = new();
        string socket = SocketPath();
        string before = StateOf(line.Space);
        using (LabProcess killed = Start(line.Space, socket))
        {
            killed.Signal("KILL");
            killed.WaitForExit(Patience);
        }

        Assert.True(File.Exists(socket));
        (int code, _, string error) = line.Space.Try("box", Patience, LabShaper.Program, "status", "--socket", socket);
        Assert.Equal(1, code);
        Assert.Contains("no shaper is running", error, StringComparison.Ordinal);
        using LabProcess next = Start(line.Space, socket);
        next.Signal("TERM");
        Assert.Equal(0, next.WaitForExit(Patience));
        Assert.Equal(before, StateOf(line.Space));
        Assert.Empty(line.Space.JournalsIn("box"));
    }

    [Fact]
    public void The_commands_change_a_running_shaper()
    {
        using LabLine line = new();
        string socket = SocketPath();
        using LabProcess shaper = Start(line.Space, socket);
        Assert.Equal("up: link 3mbit, shaped to 2.85mbit (5 % headroom)\n", Command(line.Space, "set", "up", "3mbit", "--socket", socket));
        Assert.StartsWith("bypass is on", Command(line.Space, "bypass", "on", "--socket", socket), StringComparison.Ordinal);
        JsonElement status = Status(line.Space, socket);
        Assert.Equal("bypass", status.GetProperty("mode").GetString());
        Assert.Equal(3_000_000, status.GetProperty("up").GetProperty("linkBitsPerSecond").GetInt64());
        Assert.StartsWith("bypass is off", Command(line.Space, "bypass", "off", "--socket", socket), StringComparison.Ordinal);
        Assert.Contains("shaping, up ", Command(line.Space, "status", "--socket", socket), StringComparison.Ordinal);
    }

    [Fact]
    public void Systemd_hears_of_the_start_of_every_turn_of_the_loop_and_of_the_stop()
    {
        using LabLine line = new();
        string notify = Path.Combine(Path.GetTempPath(), $"notify-{Guid.NewGuid():N}");
        using Socket systemd = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        systemd.Bind(new UnixDomainSocketEndPoint(notify));
        systemd.ReceiveTimeout = (int)Patience.TotalMilliseconds;
        try
        {
            using LabProcess shaper = line.Space.Start(
                "box", "env", ["NOTIFY_SOCKET=" + notify, "WATCHDOG_USEC=400000", LabShaper.Program, .. Run(SocketPath())]);
            // The watchdog's first look may come before the word that all is ready.
            HashSet<string> heard = [Hear(systemd), Hear(systemd)];
            Assert.Equal(["READY=1", "WATCHDOG=1"], heard.Order());
            Assert.Equal(["WATCHDOG=1", "WATCHDOG=1"], [Hear(systemd), Hear(systemd)]);
            shaper.Signal("TERM");
            string last;
            do
            {
                last = Hear(systemd);
            }
            while (last == "WATCHDOG=1");
            Assert.Equal("STOPPING=1", last);
            Assert.Equal(0, shaper.WaitForExit(Patience));
        }
        finally
        {
            File.Delete(notify);
        }
    }

    private static string Hear(Socket socket)
    {
        byte[] buffer = new byte[256];
        return Encoding.UTF8.GetString(buffer, 0, socket.Receive(buffer));
    }

    private static string[] Run(string socket) => ["run", "--wan", "wan", "--lan", "lan", .. Rates, "--socket", socket];

    private static LabProcess Start(LabSpace lab, string socket)
    {
        LabProcess shaper = lab.Start("box", LabShaper.Program, Run(socket));
        shaper.WaitForOutput("shaping between", Patience);
        return shaper;
    }

    private static string Command(LabSpace lab, params string[] arguments) => lab.Run("box", LabShaper.Program, arguments);

    private static JsonElement Status(LabSpace lab, string socket)
    {
        using JsonDocument status = JsonDocument.Parse(Command(lab, "status", "--json", "--socket", socket));
        return status.RootElement.Clone();
    }

    private static string SocketPath() => Path.Combine(Path.GetTempPath(), string.Create(CultureInfo.InvariantCulture, $"shp-{Guid.NewGuid():N}.sock"));

    /// <summary>Everything a shaper could leave on the machine: links with their masters and flags, qdiscs, programs, rules, offloads, its own files.</summary>
    private static string StateOf(LabSpace lab)
    {
        StringBuilder state = new();

        // Carrier and state settle by themselves a moment after a link was made.
        state.AppendLine(System.Text.RegularExpressions.Regex.Replace(lab.Run("box", "ip", "-o", "link"), @"<[^>]*>| state \S+| qdisc \S+", ""));
        state.AppendLine(lab.Run("box", "bridge", "-d", "link"));
        state.AppendLine(lab.Run("box", "tc", "qdisc"));
        foreach (string port in new[] { "wan", "lan" })
        {
            state.AppendLine(lab.Run("box", "ethtool", "-k", port));
        }

        foreach (string optional in new[] { "bpftool net", "nft list ruleset" })
        {
            string[] words = optional.Split(' ');
            if (LabCommand.Find(words[0]) is not null)
            {
                state.AppendLine(lab.Run("box", words[0], words[1..]));
            }
        }

        return state.ToString();
    }
}
