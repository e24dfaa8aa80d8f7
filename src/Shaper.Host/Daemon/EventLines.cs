using Shaper.Host.Control;

namespace Shaper.Host.Daemon;

/// <summary>What deserves a line in the log between two looks at a shaper: changes an operator would ask about afterwards, never a frame.</summary>
internal static class EventLines
{
    public static IEnumerable<string> Between(ShaperStatus before, ShaperStatus now)
    {
        foreach ((string role, PortStatus was, PortStatus @is) in new[] { ("wan", before.Wan, now.Wan), ("lan", before.Lan, now.Lan) })
        {
            if (was.State != @is.State)
            {
                yield return $"{role} port {@is.Interface} is {@is.State}";
            }

            long oversize = @is.Captured.OversizeDropFrames - was.Captured.OversizeDropFrames;
            if (oversize > 0)
            {
                yield return $"{role} port {@is.Interface} lost {oversize} frames longer than its MTU: an offload is on again, or the MTU has grown";
            }
        }

        if (before.Mode != now.Mode)
        {
            yield return now.Mode == "bypass" ? "bypass: the kernel bridge carries the traffic" : "the shaper carries the traffic again";
        }

        if (now.Gate.Stalls > before.Gate.Stalls)
        {
            yield return $"the loop was kept from running and the kernel carried the traffic meanwhile ({now.Gate.Stalls - before.Gate.Stalls} times, {now.Gate.Stalls} since start)";
        }

        foreach ((string name, DirectionStatus was, DirectionStatus @is) in new[] { ("down", before.Down, now.Down), ("up", before.Up, now.Up) })
        {
            if (was.LinkBitsPerSecond != @is.LinkBitsPerSecond)
            {
                yield return $"{name}: link {new Engine.Units.BitRate(@is.LinkBitsPerSecond)}, was {new Engine.Units.BitRate(was.LinkBitsPerSecond)}";
            }
        }
    }
}
