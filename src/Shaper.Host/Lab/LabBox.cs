using System.Net.Sockets;
using System.Text.Json;
using Shaper.Engine.Time;
using Shaper.Engine.Units;
using Shaper.Host.Commands;
using Shaper.Host.Control;

namespace Shaper.Host.Lab;

/// <summary>The box under test: this same program as <c>shaper run</c>, between modem and LAN switch. Ends, and hands the wire back, when disposed.</summary>
internal sealed class LabBox : IDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(10);

    /// <summary>What it has after its socket answers, to learn the stations on both sides.</summary>
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(1);

    private readonly LabProcess _process;
    private readonly string _socketPath;
    private readonly string _outDirectory;

    private LabBox(string networkNamespace, LabScenario scenario, string socketPath, string outDirectory)
    {
        _socketPath = socketPath;
        _outDirectory = outDirectory;
        _process = LabProcess.Start(
            "shaper run", networkNamespace,
            [
                .. SelfProgram.Command, "run", "--wan", LabTopology.WanPort, "--lan", LabTopology.LanPort,
                "--down", scenario.Down.ToString(), "--up", scenario.Up.ToString(), "--socket", socketPath,
            ],
            logPath: LogPath);
    }

    private string LogPath => Path.Combine(_outDirectory, "shaper.log");

    private string Where => $"(all it said: {LogPath})";

    /// <summary>Starts one and returns when it forwards. Throws <see cref="LabException"/> when it does not.</summary>
    public static async Task<LabBox> StartAsync(
        string networkNamespace, LabScenario scenario, string socketPath, string outDirectory, CancellationToken cancel)
    {
        LabBox box = new(networkNamespace, scenario, socketPath, outDirectory);
        try
        {
            await box.WaitUntilUpAsync(cancel).ConfigureAwait(false);
            return box;
        }
        catch
        {
            box.Dispose();
            throw;
        }
    }

    /// <summary>Throws <see cref="LabException"/> when it has ended by itself.</summary>
    public void ThrowIfEnded()
    {
        if (_process.HasExited)
        {
            throw new LabException($"the box ended by itself: {_process.Complaint} {Where}");
        }
    }

    /// <summary>
    /// How often, since its start, it was kept from running for so long that the kernel took the traffic over. Keeps all of its status beside the results.
    /// </summary>
    public async Task<long> StallsAsync(CancellationToken cancel)
    {
        using ControlClient client = new(_socketPath);
        try
        {
            ShaperStatus status = await client.StatusAsync(cancel).ConfigureAwait(false);
            string json = JsonSerializer.Serialize(status, ControlJson.Default.ShaperStatus);
            await File.WriteAllTextAsync(Path.Combine(_outDirectory, "shaper-status.json"), json + "\n", cancel).ConfigureAwait(false);
            return status.Gate.Stalls;
        }
        catch (CommandFailedException silent)
        {
            throw new LabException($"the box does not say how it fared: {silent.Message} {Where}", silent);
        }
    }

    public void Dispose() => _process.Dispose();

    private async Task WaitUntilUpAsync(CancellationToken cancel)
    {
        MonotonicClock clock = new();
        Instant giveUp = clock.Now + Duration.FromSeconds(StartLimit.TotalSeconds);
        while (!await AnswersAsync(cancel).ConfigureAwait(false))
        {
            if (_process.HasExited || clock.Now > giveUp)
            {
                throw new LabException($"the box did not start: {_process.Complaint} {Where}");
            }

            await Task.Delay(50, cancel).ConfigureAwait(false);
        }

        await Task.Delay(Settle, cancel).ConfigureAwait(false);
    }

    private async Task<bool> AnswersAsync(CancellationToken cancel)
    {
        using Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(_socketPath), cancel).ConfigureAwait(false);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
