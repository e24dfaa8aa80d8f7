using System.Diagnostics;
using System.Globalization;
using Shaper.Engine.Interop;

namespace Shaper.Host.Diagnosis;

/// <summary>Processors, clock and timers: what decides how exactly the shaper keeps its times.</summary>
internal static class HostChecks
{
    private const int Sleeps = 100;
    private static readonly TimeSpan Sleep = TimeSpan.FromMilliseconds(1);

    /// <summary>A bucket of one frame and 2 ms catches up with wake-ups up to this late.</summary>
    private static readonly TimeSpan LateLimit = TimeSpan.FromMilliseconds(2);

    public static IEnumerable<Finding> Run(MachineFiles files) => [Processors(Environment.ProcessorCount), ClockSource(files), Wakeups(MeasureLateness())];

    internal static Finding Processors(int count) => count >= 2
        ? new("Processors", Finding.Ok, count.ToString(CultureInfo.InvariantCulture), "")
        : new("Processors", Finding.Warn, "1: the shaper competes with everything else", "give the machine two or more");

    internal static Finding ClockSource(MachineFiles files)
    {
        const string subject = "Clock source";
        string source = files.Text("/sys/devices/system/clocksource/clocksource0/current_clocksource") ?? "unknown";
        return source is "hpet" or "acpi_pm" or "jiffies" or "refined-jiffies"
            ? new(subject, Finding.Warn, source + ": every reading of the clock is a system call or slower",
                "echo tsc > /sys/devices/system/clocksource/clocksource0/current_clocksource, where available_clocksource lists tsc")
            : new(subject, Finding.Ok, source, "");
    }

    internal static Finding Wakeups((TimeSpan Median, TimeSpan Worst) late)
    {
        string found = string.Create(
            CultureInfo.InvariantCulture,
            $"{Sleeps} sleeps of {Sleep.TotalMilliseconds:0} ms ended {late.Median.TotalMicroseconds:0} us late in the median, {late.Worst.TotalMilliseconds:0.0} ms at worst");
        return late.Worst <= LateLimit
            ? new("Timers", Finding.Ok, found, "")
            : new("Timers", Finding.Warn, found, "look for other load, a power-saving governor or an overcommitted hypervisor; a larger --burst rides over late wake-ups");
    }

    /// <summary>On a thread of its own with the slack of the shaping loop.</summary>
    private static (TimeSpan Median, TimeSpan Worst) MeasureLateness()
    {
        TimeSpan[] late = new TimeSpan[Sleeps];
        Thread sleeper = new(() =>
        {
            TimerSlack.Minimise();
            for (int i = 0; i < late.Length; i++)
            {
                long started = Stopwatch.GetTimestamp();
                Thread.Sleep(Sleep);
                late[i] = Stopwatch.GetElapsedTime(started) - Sleep;
            }
        });
        sleeper.Start();
        sleeper.Join();
        Array.Sort(late);
        return (late[Sleeps / 2], late[^1]);
    }
}
