using System.Net.NetworkInformation;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting.Systemd;
using Shaper.Host.Commands;
using Shaper.Host.Control;
using Shaper.Host.Policy;

namespace Shaper.Host.Daemon;

/// <summary>
/// The life of one shaper process: control socket, data path, control server, systemd; then the same backwards. Whatever ends it, the gate opens first.
/// </summary>
/// <param name="open">Opens the ports; throws when it cannot, leaving nothing behind.</param>
/// <param name="missingPrivileges">Capabilities that opening needs and the process lacks.</param>
internal sealed class ShaperDaemon(Func<RunSettings, IDataPath> open, Func<IReadOnlyList<string>> missingPrivileges) : IRunHost
{
    /// <summary>How long the loop may take to hand back and send what it holds before the ports are closed under it.</summary>
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(2);

    /// <summary>How soon an event is in the log.</summary>
    private static readonly TimeSpan WatchEvery = TimeSpan.FromMilliseconds(500);

    public IReadOnlyList<string> InterfaceNames() =>
        [.. NetworkInterface.GetAllNetworkInterfaces().Where(i => i.NetworkInterfaceType != NetworkInterfaceType.Loopback).Select(i => i.Name)];

    public async Task<int> RunAsync(RunSettings settings, TextWriter output, CancellationToken stop)
    {
        if (missingPrivileges() is { Count: > 0 } missing)
        {
            throw new CommandFailedException($"not permitted ({string.Join(", ", missing)} missing): run it as root, as in sudo ./shaper run");
        }

        using CancellationTokenSource ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using ControlSocket socket = new(settings.SocketPath, settings.SocketGroup);
        using IDataPath path = open(settings);
        await using ControlServer server = new(socket, path, ending.Cancel);
        SystemdNotifier systemd = new();

        path.Start();
        try
        {
            await server.StartAsync(CancellationToken.None).ConfigureAwait(false);
            using Watchdog watchdog = new(path, systemd);
            systemd.Notify(ServiceState.Ready);
            output.WriteLine(
                $"shaping between {settings.Wan} (wan) and {settings.Lan} (lan), down {settings.Down}, up {settings.Up}; control socket {settings.SocketPath}");
            foreach (string note in path.Notes)
            {
                output.WriteLine("note: " + note);
            }

            using PosixSignalRegistration? reload = settings.ReloadsOnHangup ? ReloadOnHangup(path, settings.Policy.Source, output) : null;
            await WatchAsync(path, output, ending.Token).ConfigureAwait(false);
        }
        catch (Exception fault) when (path.Completion.IsFaulted)
        {
            throw new CommandFailedException($"the shaping loop failed ({fault.Message}); the kernel bridge carries the traffic", cause: fault);
        }
        finally
        {
            path.RequestStop();
            systemd.Notify(ServiceState.Stopping);
            await Task.WhenAny(path.Completion, Task.Delay(StopPatience, CancellationToken.None)).ConfigureAwait(false);
        }

        output.WriteLine(path.WireOutlivesRun ? "stopped; the kernel bridge carries the traffic" : "stopped; the bridge of this run is gone");
        return ExitCode.Success;
    }

    /// <summary>What a service manager's reload means: the file given at start is read again, all of it or nothing.</summary>
    private static PosixSignalRegistration ReloadOnHangup(IDataPath path, string source, TextWriter output) =>
        PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            foreach (string line in Reload(path, source))
            {
                output.WriteLine(line);
            }
        });

    /// <summary>Reads the policy again and tells what came of it, a line each.</summary>
    internal static IReadOnlyList<string> Reload(IShaperControl shaper, string source)
    {
        if (source.Length == 0)
        {
            return ["reload: run was given no policy file, so there is nothing to read again"];
        }

        const string refused = "reload: the policy in effect stays, because ";
        if (PolicyFile.TryReadText(source, out IReadOnlyList<PolicyFault> faults) is not { } text)
        {
            return [.. faults.Select(static f => refused + f)];
        }

        return shaper.ApplyPolicy(source, text, out IReadOnlyList<string> errors) is null
            ? [.. errors.Select(static error => refused + error)]
            : [$"reload: {source} is in effect"];
    }

    /// <summary>Returns when told to end, throws when the loop failed, and writes a line for what happens in between.</summary>
    private static async Task WatchAsync(IDataPath path, TextWriter output, CancellationToken ending)
    {
        ShaperStatus before = path.Status();
        while (!ending.IsCancellationRequested)
        {
            Task ended = await Task.WhenAny(path.Completion, Task.Delay(WatchEvery, ending)).ConfigureAwait(false);
            if (ended == path.Completion)
            {
                await path.Completion.ConfigureAwait(false);
                return;
            }

            ShaperStatus now = path.Status();
            foreach (string line in EventLines.Between(before, now))
            {
                output.WriteLine(line);
            }

            before = now;
        }
    }
}
