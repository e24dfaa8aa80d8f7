using System.Globalization;
using Microsoft.Extensions.Hosting.Systemd;

namespace Shaper.Host.Daemon;

/// <summary>
/// Tells systemd that the shaping loop turns. A loop that stands still is not reported, and systemd restarts the service after WatchdogSec:
/// a timer that pinged by itself would prove nothing. Idle without WATCHDOG_USEC.
/// </summary>
internal sealed class Watchdog : IDisposable
{
    private readonly IDataPath _path;
    private readonly ISystemdNotifier _systemd;
    private readonly Timer? _timer;
    private long _seen = -1;

    public Watchdog(IDataPath path, ISystemdNotifier systemd)
    {
        _path = path;
        _systemd = systemd;
        if (Period() is TimeSpan period && systemd.IsEnabled)
        {
            _timer = new(_ => Look(), null, TimeSpan.Zero, period);
        }
    }

    public void Dispose() => _timer?.Dispose();

    /// <summary>A quarter of what systemd allows, so that one late timer costs nothing.</summary>
    private static TimeSpan? Period()
    {
        string? pid = Environment.GetEnvironmentVariable("WATCHDOG_PID");
        bool ours = pid is null || pid == Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        return ours && long.TryParse(Environment.GetEnvironmentVariable("WATCHDOG_USEC"), out long microseconds) && microseconds > 0
            ? TimeSpan.FromMicroseconds(microseconds / 4.0)
            : null;
    }

    /// <summary>Pings if the loop has turned since the last look.</summary>
    internal void Look()
    {
        long breaths = _path.Breaths;
        if (breaths != _seen)
        {
            _seen = breaths;
            _systemd.Notify(new ServiceState("WATCHDOG=1"));
        }
    }
}
