using Microsoft.Extensions.Hosting.Systemd;
using Shaper.Host.Daemon;
using Xunit;

namespace Shaper.Host.Tests.Daemon;

public sealed class WatchdogTests
{
    [Fact]
    public void Only_a_loop_that_turns_is_reported()
    {
        FakeShaper shaper = new() { Breaths = 10 };
        RecordingNotifier systemd = new();
        using Watchdog watchdog = new(shaper, systemd);
        watchdog.Look();
        Assert.Equal(1, systemd.Pings);
        watchdog.Look();
        watchdog.Look();
        Assert.Equal(1, systemd.Pings);
        shaper.Breaths = 11;
        watchdog.Look();
        Assert.Equal(2, systemd.Pings);
    }

    private sealed class RecordingNotifier : ISystemdNotifier
    {
        public int Pings { get; private set; }

        public bool IsEnabled => true;

        public void Notify(ServiceState state) => Pings++;
    }
}
