using System.Globalization;
using System.Runtime.InteropServices;

namespace Shaper.Host.Commands;

/// <summary>
/// Turns the first SIGINT, SIGTERM or SIGHUP into a cancellation, so that every command can put things back before it ends. A second one of the same
/// kind ends the process at once, for the operator who does not want to wait.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<PosixSignalRegistration> _registrations = [];

    /// <param name="hangupStops">False where a hang-up means something else.</param>
    public StopSignals(bool hangupStops = true)
    {
        Register(PosixSignal.SIGINT);
        Register(PosixSignal.SIGTERM);
        if (hangupStops && !IsHangupIgnored())
        {
            Register(PosixSignal.SIGHUP);
        }
    }

    public CancellationToken Token => _stop.Token;

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
        {
            registration.Dispose();
        }

        _stop.Dispose();
    }

    private void Register(PosixSignal signal) => _registrations.Add(PosixSignalRegistration.Create(signal, context =>
    {
        if (!_stop.IsCancellationRequested)
        {
            context.Cancel = true;
            _stop.Cancel();
        }
    }));

    /// <summary>Under nohup a hang-up must stay ignored.</summary>
    private static bool IsHangupIgnored()
    {
        const string field = "SigIgn:";
        string? line = File.ReadLines("/proc/self/status").FirstOrDefault(l => l.StartsWith(field, StringComparison.Ordinal));
        return line is not null && ulong.TryParse(line.AsSpan(field.Length).Trim(), NumberStyles.HexNumber, null, out ulong mask)
            && (mask & 1) != 0;
    }
}
