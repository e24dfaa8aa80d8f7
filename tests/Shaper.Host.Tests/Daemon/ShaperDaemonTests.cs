using System.Text.Json;
using Shaper.Engine.Units;
using Shaper.Host.Commands;
using Shaper.Host.Control;
using Shaper.Host.Daemon;
using Xunit;

namespace Shaper.Host.Tests.Daemon;

public sealed class ShaperDaemonTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly TemporaryDirectory _directory = new();
    private readonly FakeShaper _shaper = new();
    private readonly StringWriter _output = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _directory.Dispose();
        _output.Dispose();
    }

    [Fact]
    public async Task The_commands_reach_a_running_daemon_and_stop_ends_it_with_nothing_left()
    {
        Task<int> daemon = Start(CancellationToken.None);
        string socket = await Running();

        CommandRun json = await CommandRun.Of("status", "--json", "--socket", socket);
        Assert.Equal((ExitCode.Success, ""), (json.ExitCode, json.Error));
        Assert.Equal(JsonSerializer.Serialize(_shaper.Status(), ControlJson.Default.ShaperStatus) + "\n", json.Output);

        CommandRun set = await CommandRun.Of("set", "down", "20mbit", "--socket", socket);
        Assert.Equal("down: link 20mbit, shaped to 19mbit (5 % headroom)\n", set.Output);
        CommandRun bypass = await CommandRun.Of("bypass", "on", "--socket", socket, "--json");
        Assert.Contains("\"on\": true", bypass.Output, StringComparison.Ordinal);
        Assert.Equal("bypass", _shaper.Mode);

        using ControlClient client = new(socket);
        await client.StopAsync(Cancellation);
        Assert.Equal(ExitCode.Success, await daemon.WaitAsync(Patience, Cancellation));
        Assert.Equal(["start", "rate Inbound 20mbit", "request stop", "dispose"], _shaper.Calls);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_directory.Path));
    }

    [Fact]
    public void A_reload_reads_the_file_again_and_keeps_the_policy_in_effect_where_it_has_faults()
    {
        string file = _directory.Of("p.yaml");
        string before = _shaper.Policy().Text;
        const string stays = "reload: the policy in effect stays, because ";
        Assert.Equal([$"{stays}{file}: there is no such file: give a YAML file that can be read"], ShaperDaemon.Reload(_shaper, file));
        File.WriteAllText(file, "bad");
        Assert.Equal([$"{stays}{file}:1: first", $"{stays}{file}:2: second"], ShaperDaemon.Reload(_shaper, file));
        Assert.Equal(before, _shaper.Policy().Text);
        File.WriteAllText(file, "rules: [] # new");
        Assert.Equal([$"reload: {file} is in effect"], ShaperDaemon.Reload(_shaper, file));
        Assert.Equal("rules: [] # new", _shaper.Policy().Text);
        Assert.Equal(["reload: run was given no policy file, so there is nothing to read again"], ShaperDaemon.Reload(_shaper, ""));
    }

    [Fact]
    public async Task A_signal_ends_it_cleanly()
    {
        using CancellationTokenSource signal = new();
        Task<int> daemon = Start(signal.Token);
        await Running();
        await signal.CancelAsync();
        Assert.Equal(ExitCode.Success, await daemon.WaitAsync(Patience, Cancellation));
        Assert.Equal(["start", "request stop", "dispose"], _shaper.Calls);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_directory.Path));
    }

    [Fact]
    public async Task A_crash_of_the_loop_is_one_line_and_exit_code_1_and_everything_is_put_back()
    {
        Task<int> daemon = Start(CancellationToken.None);
        await Running();
        _shaper.Crash("out of frames");
        CommandFailedException failed = await Assert.ThrowsAsync<CommandFailedException>(() => daemon.WaitAsync(Patience, Cancellation));
        Assert.Equal("the shaping loop failed (out of frames); the kernel bridge carries the traffic", failed.Message);
        Assert.Equal("dispose", _shaper.Calls[^1]);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_directory.Path));
    }

    [Fact]
    public async Task A_second_shaper_on_the_same_socket_fails_before_it_touches_a_port()
    {
        using CancellationTokenSource signal = new();
        Task<int> first = Start(signal.Token);
        await Running();
        CommandFailedException refused = await Assert.ThrowsAsync<CommandFailedException>(() => Start(CancellationToken.None));
        Assert.Equal(ExitCode.Failure, refused.ExitCode);
        Assert.Equal(["start"], _shaper.Calls);
        await signal.CancelAsync();
        await first.WaitAsync(Patience, Cancellation);
    }

    [Fact]
    public async Task Ports_that_do_not_open_leave_no_socket()
    {
        ShaperDaemon daemon = new(_ => throw new CommandFailedException("eth1 is gone"), () => []);
        await Assert.ThrowsAsync<CommandFailedException>(() => daemon.RunAsync(Settings(), _output, Cancellation));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_directory.Path));
    }

    [Fact]
    public async Task Without_the_privileges_it_fails_before_it_touches_anything()
    {
        ShaperDaemon daemon = new(_ => _shaper, () => ["CAP_NET_RAW"]);
        CommandFailedException refused =
            await Assert.ThrowsAsync<CommandFailedException>(() => daemon.RunAsync(Settings(), _output, Cancellation));
        Assert.Equal(ExitCode.Failure, refused.ExitCode);
        Assert.Contains("CAP_NET_RAW missing): run it as root", refused.Message, StringComparison.Ordinal);
        Assert.Empty(_shaper.Calls);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_directory.Path));
    }

    [Theory]
    [InlineData("status")]
    [InlineData("stop")]
    [InlineData("bypass on")]
    [InlineData("set up 1mbit")]
    public async Task Without_a_daemon_every_command_fails_with_one_line(string command)
    {
        CommandRun run = await CommandRun.Of([.. command.Split(' '), "--socket", _directory.Of("none.sock")]);
        Assert.Equal(ExitCode.Failure, run.ExitCode);
        Assert.Contains("no shaper is running on", Assert.Single(run.Complaints), StringComparison.Ordinal);
    }

    private Task<int> Start(CancellationToken stop) => Task.Run(() => new ShaperDaemon(_ => _shaper, () => []).RunAsync(Settings(), _output, stop), Cancellation);

    private RunSettings Settings() => new()
    {
        Wan = "eth1",
        Lan = "eth2",
        Down = BitRate.FromMegabits(10),
        Up = BitRate.FromMegabits(2),
        SocketPath = _directory.Of("c.sock"),
    };

    private async Task<string> Running()
    {
        string path = _directory.Of("c.sock");
        using ControlClient client = new(path);
        while (true)
        {
            try
            {
                await client.StatusAsync(Cancellation);
                return path;
            }
            catch (CommandFailedException)
            {
                await Task.Delay(10, Cancellation);
            }
        }
    }
}
