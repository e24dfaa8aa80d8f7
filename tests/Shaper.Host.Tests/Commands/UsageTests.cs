using Shaper.Engine.Pipeline;
using Shaper.Engine.Ports;
using Shaper.Engine.Units;
using Shaper.Host.Commands;
using Xunit;

namespace Shaper.Host.Tests.Commands;

public sealed class UsageTests
{
    private static readonly string[] Good = ["run", "--wan", "eth1", "--lan", "eth2", "--down", "10mbit", "--up", "2mbit"];

    [Theory]
    [InlineData("10mb")]
    [InlineData("10mbps")]
    [InlineData("abc")]
    [InlineData("0")]
    [InlineData("0mbit")]
    [InlineData("-1mbit")]
    [InlineData("10")]
    [InlineData("1e3mbit")]
    [InlineData("NaNmbit")]
    [InlineData("1000000000000000000000000000000")]
    [InlineData("100000000000000000000000000000mbit")]
    [InlineData("7999bit")]
    [InlineData("100000000001bit")]
    [InlineData("")]
    public async Task A_rate_in_another_form_is_a_usage_error_of_one_line_that_names_the_form(string rate)
    {
        CommandRun run = await CommandRun.Of("run", "--wan", "eth1", "--lan", "eth2", "--down", rate, "--up", "2mbit");
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains($"--down '{rate}': give a rate from 8kbit to 100gbit", Assert.Single(run.Complaints), StringComparison.Ordinal);
        CommandRun set = await CommandRun.Of("set", "down", rate);
        Assert.Equal(ExitCode.Usage, set.ExitCode);
        string line = Assert.Single(set.Complaints);
        Assert.Contains("give a rate from 8kbit to 100gbit", line, StringComparison.Ordinal);
        Assert.Empty(set.Output);
    }

    [Fact]
    public async Task All_errors_of_a_line_come_at_once()
    {
        CommandRun run = await CommandRun.Of(
            "run", "--wan", "eth9", "--lan", "eth9", "--down", "abc", "--headroom", "90", "--burst", "3", "--port", "x", "--threads", "2", "--nope");
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Equal(
            [
                "shaper run: --wan 'eth9': there is no such interface; give one of eth1, eth2",
                "shaper run: --lan 'eth9': there is no such interface; give one of eth1, eth2",
                "shaper run: --down 'abc': give a rate from 8kbit to 100gbit, such as 512kbit, 10mbit or 2.5gbit",
                "shaper run: --up is missing: give a rate from 8kbit to 100gbit, such as 512kbit, 10mbit or 2.5gbit",
                "shaper run: --headroom '90': give a percentage from 0 to 50, such as 5 or 2.5%",
                "shaper run: --burst '3': give a size from 64b to 1000mb, such as 3000b, 16kb or 16kib",
                "shaper run: --port 'x': give pcap or ring",
                "shaper run: --threads '2': give one or three",
                "shaper run: '--nope' is not known here (shaper run --help says what is)",
                "shaper run: --wan and --lan are both 'eth9': give two different interfaces",
            ],
            run.Complaints);
    }

    [Theory]
    [InlineData("63")]
    [InlineData("16385")]
    [InlineData("1e3")]
    [InlineData("-64")]
    [InlineData("4294967360")]
    [InlineData("")]
    public async Task A_number_of_frames_out_of_range_is_a_usage_error_that_names_the_range(string frames)
    {
        CommandRun run = await CommandRun.Of([.. Good, "--queued-frames", frames]);
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Equal($"shaper run: --queued-frames '{frames}': give a number of frames from 64 to 16384, such as 4096", Assert.Single(run.Complaints));
    }

    [Theory]
    [InlineData("64", 64)]
    [InlineData("16384", 16_384)]
    public async Task The_ends_of_the_range_of_frames_are_taken(string frames, int taken)
    {
        FakeRunHost host = new();
        CommandRun run = await CommandRun.Of(host, [.. Good, "--queued-frames", frames]);
        Assert.Equal((ExitCode.Success, ""), (run.ExitCode, run.Error));
        Assert.Equal(taken, host.Settings?.QueuedFrames);
    }

    [Fact]
    public async Task An_option_given_twice_is_a_usage_error()
    {
        CommandRun run = await CommandRun.Of([.. Good, "--up", "3mbit"]);
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Equal("shaper run: --up is given 2 times: give it once", Assert.Single(run.Complaints));
    }

    [Fact]
    public async Task Both_ports_the_same_is_a_usage_error()
    {
        CommandRun run = await CommandRun.Of("run", "--wan", "eth1", "--lan", "eth1", "--down", "1mbit", "--up", "1mbit");
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Equal("shaper run: --wan and --lan are both 'eth1': give two different interfaces", Assert.Single(run.Complaints));
    }

    [Theory]
    [InlineData("--wan", "a-name-longer-than-15")]
    [InlineData("--wan", "a/b")]
    [InlineData("--wan", "..")]
    [InlineData("--socket", "")]
    [InlineData("--socket", "/run/shaper/")]
    [InlineData("--headroom", "-1")]
    [InlineData("--headroom", "50.1")]
    [InlineData("--headroom", "x")]
    [InlineData("--burst", "1.5b")]
    [InlineData("--burst", "2gb")]
    [InlineData("--burst", "10000")]
    [InlineData("--threads", "1")]
    public async Task A_value_in_another_form_is_one_line_that_names_option_and_form(string option, string value)
    {
        CommandRun run = await CommandRun.Of([.. Good.Where((_, i) => option != "--wan" || i is not (1 or 2)), option, value]);
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.StartsWith($"shaper run: {option} '{value}': give ", Assert.Single(run.Complaints), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_socket_path_that_the_kernel_cannot_hold_is_refused()
    {
        CommandRun run = await CommandRun.Of("status", "--socket", "/" + new string('x', Forms.SocketPathBytes));
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains("at most 107 bytes", Assert.Single(run.Complaints), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nonsense", "'nonsense' is no command: give one of run, status")]
    [InlineData("bypass perhaps", "state 'perhaps': give on or off")]
    [InlineData("bypass 1", "state '1': give on or off")]
    [InlineData("set sideways 1mbit", "direction 'sideways': give 'down'")]
    [InlineData("set", "direction is missing")]
    [InlineData("stop now", "'now' is not known here")]
    [InlineData("flows --top 0", "--top '0': give a whole number from 1 to 10000")]
    [InlineData("flows --top many", "--top 'many': give a whole number from 1 to 10000")]
    [InlineData("flows --state slow", "--state 'slow': give steered, sender-limited, idle or not-steerable")]
    [InlineData("flows now", "'now' is not known here")]
    [InlineData("explain", "flow is missing: give an address")]
    [InlineData("explain example.org", "flow 'example.org': give an address, an address and port, or both ends")]
    [InlineData("explain 10.0.0.1:99999", "flow '10.0.0.1:99999': give an address")]
    [InlineData("explain 10.0.0.1 10.0.0.2", "'10.0.0.2' is not known here")]
    [InlineData("status --socket", "--socket is missing: give the path")]
    public async Task What_is_no_command_line_is_refused_with_what_would_be(string line, string expected)
    {
        CommandRun run = await CommandRun.Of(line.Split(' '));
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_command_at_all_is_a_usage_error_that_lists_them()
    {
        CommandRun run = await CommandRun.Of();
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.StartsWith("shaper: give a command: run, ", Assert.Single(run.Complaints), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_values_given_are_the_values_used()
    {
        FakeRunHost host = new();
        CommandRun run = await CommandRun.Of(
            host, [.. Good, "--headroom", "7.5%", "--burst", "16kib", "--port", "ring", "--threads", "three", "--socket", "/tmp/x.sock", "--socket-group", "netdev", "--steer", "off", "--steer-outbound", "on",
                "--queued-frames", "4096"]);
        Assert.Equal((ExitCode.Success, ""), (run.ExitCode, run.Error));
        Assert.Equal(
            new RunSettings
            {
                Wan = "eth1",
                Lan = "eth2",
                Down = BitRate.FromMegabits(10),
                Up = BitRate.FromMegabits(2),
                HeadroomPercent = 7.5,
                Burst = new(16_384),
                Port = PortKind.Ring,
                Threads = ThreadMode.Three,
                SocketPath = "/tmp/x.sock",
                SocketGroup = "netdev",
                SteerOutbound = true,
                QueuedFrames = 4_096,
            },
            host.Settings);
    }

    [Fact]
    public async Task Values_not_given_are_the_documented_defaults()
    {
        FakeRunHost host = new();
        await CommandRun.Of(host, Good);
        RunSettings settings = Assert.IsType<RunSettings>(host.Settings);
        Assert.Equal("/run/shaper/control.sock", settings.SocketPath);
        Assert.Equal(RunSettings.DefaultPort, settings.Port);
        Assert.Equal(RunSettings.DefaultThreads, settings.Threads);
        Assert.Equal(RunSettings.DefaultHeadroomPercent, settings.HeadroomPercent);
        Assert.Null(settings.Burst);
        Assert.Null(settings.SocketGroup);
        Assert.Null(settings.QueuedFrames);
        Assert.True(settings.SteerTcp);
        Assert.False(settings.SteerOutbound);
    }

    [Fact]
    public async Task Help_of_every_command_explains_every_option_and_shows_an_example()
    {
        CommandRun root = await CommandRun.Of("--help");
        Assert.Equal(ExitCode.Success, root.ExitCode);
        foreach (string command in ShaperCommandLine.Create(new FakeRunHost()).CommandNames)
        {
            Assert.Contains("  " + command, root.Output, StringComparison.Ordinal);
            CommandRun run = await CommandRun.Of(command, "--help");
            Assert.Equal((ExitCode.Success, ""), (run.ExitCode, run.Error));
            Assert.Matches(@"Examples?:\n  (sudo \./)?shaper " + command, run.Output);
            Assert.DoesNotMatch(@"(?m)^  --[a-z-]+( <[^>]*>)?( \(REQUIRED\))?\s*$", run.Output);
        }
    }

    [Fact]
    public async Task Version_is_printed_alone()
    {
        CommandRun run = await CommandRun.Of("--version");
        Assert.Equal(ExitCode.Success, run.ExitCode);
        Assert.Matches(@"^\d+\.\d+\.\d+\S*\n$", run.Output);
    }
}
