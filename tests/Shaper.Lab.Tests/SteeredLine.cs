using System.Globalization;
using System.Text.Json;
using Shaper.Engine.Units;
using Shaper.NetSim.Checking;

namespace Shaper.Lab.Tests;

/// <summary>
/// A real steering box between real stacks, with a distance that makes windows matter, and taps on both sides of it:
/// <code>
///   server [eth0] ---- [s] path [b] ---- [wan] box: br0 [lan] ---- [eth0] client
///                      20 ms each way
/// </code>
/// What is heard on wan and lan has reached the box, what is heard on b and eth0 has left it.
/// </summary>
internal sealed class SteeredLine : IDisposable
{
    public const string Server = "10.78.0.1";
    public const string Client = "10.78.0.2";

    /// <summary>TCP with a port in the hundred from here on meets loss and reordering.</summary>
    public const ushort FirstBadPort = 9_100;

    private readonly LabTap _reachedInbound;
    private readonly LabTap _leftInbound;
    private readonly LabTap _reachedOutbound;
    private readonly LabTap _leftOutbound;

    public SteeredLine(string rate)
    {
        foreach (string space in (ReadOnlySpan<string>)["server", "path", "box", "client"])
        {
            Space.AddNamespace(space);
        }

        Space.AddVeth("server", "eth0", "path", "s");
        Space.AddVeth("path", "b", "box", "wan");
        Space.AddVeth("box", "lan", "client", "eth0");
        Space.AddAddress("server", "eth0", Server + "/24");
        Space.AddAddress("client", "eth0", Client + "/24");
        Space.AddBridge("box", "br0", "wan", "lan");
        Path = new(Space, "path", "s", "b", 20, FirstBadPort);
        Space.Defer(Path.Dispose);
        Shaper = new(Space, "box", "wan", "lan", rate, rate, ["--steer", "on", "--steer-outbound", "on"]);
        Space.Defer(Shaper.Dispose);
        _reachedInbound = Tap("box", "wan");
        _leftInbound = Tap("client", "eth0");
        _reachedOutbound = Tap("box", "lan");
        _leftOutbound = Tap("path", "b");
    }

    public LabSpace Space { get; } = new();

    public LabPath Path { get; }

    public LabShaper Shaper { get; }

    /// <summary>Times the box did not run for so long that the kernel took over. After <see cref="Judge"/>.</summary>
    public long Stalls { get; private set; }

    /// <summary>SYNs that reached the box, for a test to see that what it is about did happen. After <see cref="Judge"/>.</summary>
    public IReadOnlyList<SeenSegment> Syns { get; private set; } = [];

    /// <summary>Connections opened from now on by this side's kernel, or accepted by it, use these settings.</summary>
    public void Set(string space, params IEnumerable<string> settings) => Space.Run(space, "sysctl", ["-qw", .. settings]);

    /// <summary>Ends the watching and judges what was seen.</summary>
    public SteeringChecker Judge()
    {
        Thread.Sleep(500);
        JsonElement status = Shaper.Status();
        Stalls = status.GetProperty("gate").GetProperty("stalls").GetInt64();
        List<(long At, int Order, Direction Direction, bool Left, byte[] Frame)> seen = [];
        Add(_reachedInbound, Direction.Inbound, left: false);
        Add(_leftInbound, Direction.Inbound, left: true);
        Add(_reachedOutbound, Direction.Outbound, left: false);
        Add(_leftOutbound, Direction.Outbound, left: true);

        // How long a frame stays is judged in virtual time: here it says as much about the machine.
        SteeringChecker checker = new(new() { AcksMayPassData = true, MayMarkCe = true, MayClampMss = true, MayLowerInbound = true, JudgesHolds = false });
        foreach ((long at, _, Direction direction, bool left, byte[] frame) in seen.OrderBy(one => one.At).ThenBy(one => one.Left).ThenBy(one => one.Order))
        {
            if (left)
            {
                checker.Left(direction, frame, new(at));
            }
            else
            {
                checker.Arrived(direction, frame, new(at));
            }
        }

        Syns = [.. seen.Where(one => !one.Left).Select(one => SeenSegment.Read(one.Frame)).OfType<SeenSegment>().Where(segment => segment.Is(SeenSegment.Syn))];
        checker.Finish(Dropped(status, "down"), Dropped(status, "up"));
        return checker;

        void Add(LabTap tap, Direction direction, bool left)
        {
            int order = 0;
            seen.AddRange(tap.Finish().Where(one => !IsLocal(one.Frame)).Select(one => (one.StampNs, order++, direction, left, one.Frame)));
            if (tap.Missed > 0)
            {
                throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"a tap missed {tap.Missed} frames: the machine is too slow for this trace"));
            }
        }
    }

    public void Dispose() => Space.Dispose();

    private LabTap Tap(string space, string device)
    {
        LabTap tap = new(Space, space, device);
        Space.Defer(tap.Dispose);
        return tap;
    }

    /// <summary>Only IPv4 between the two hosts: the bridge has a voice of its own.</summary>
    private static bool IsLocal(ReadOnlySpan<byte> frame) => frame.Length < 34 || frame[12] != 8 || frame[13] != 0;

    private static long Dropped(JsonElement status, string direction) =>
        status.GetProperty(direction).GetProperty("classes").EnumerateArray().Sum(one =>
            one.GetProperty("drops").EnumerateObject().Where(cause => cause.Value.ValueKind == JsonValueKind.Number).Sum(cause => cause.Value.GetInt64()));
}
