using Shaper.Engine.Units;

namespace Shaper.Host.Lab;

/// <summary>What the live view shows. Written by the session's readers, read by the view; each field stands for itself, so no lock is needed.</summary>
internal sealed class LabProgress
{
    private readonly List<double> _down = [];
    private readonly List<double> _up = [];
    private readonly Lock _lock = new();
    private volatile string _phase = "";
    private volatile string _earlier = "";
    private readonly ByteCount[] _previous = new ByteCount[2];
    private readonly BitRate[] _rates = new BitRate[2];

    /// <summary>What is being done, for the user.</summary>
    public string Phase
    {
        get => _phase;
        set => _phase = value;
    }

    /// <summary>What the trial before came to; empty when there was none.</summary>
    public string Earlier
    {
        get => _earlier;
        set => _earlier = value;
    }

    /// <summary>Start of the call that is up, or <see cref="Instant.Never"/>.</summary>
    public Instant CallStart { get; private set; } = Instant.Never;

    /// <summary>What arrives at the PC (inbound) or at the hub (outbound) now.</summary>
    public BitRate Rate(Direction direction) => _rates[(int)direction];

    public void BeginTrial(string phase, Instant callStart)
    {
        lock (_lock)
        {
            _down.Clear();
            _up.Clear();
            Phase = phase;
            CallStart = callStart;
        }
    }

    public void EndTrial() => CallStart = Instant.Never;

    /// <summary>The worst delay of a quarter of a second.</summary>
    public void AddVoice(Direction direction, double worstMilliseconds)
    {
        lock (_lock)
        {
            (direction == Direction.Inbound ? _down : _up).Add(worstMilliseconds);
        }
    }

    public void AddCount(Direction direction, ByteCount count)
    {
        ref ByteCount previous = ref _previous[(int)direction];
        double seconds = (count.At - previous.At).TotalSeconds;
        if (seconds > 0)
        {
            _rates[(int)direction] = new((ulong)Math.Max(0, (count.ReceivedBytes - previous.ReceivedBytes) * 8 / seconds));
        }

        previous = count;
    }

    /// <summary>The delays so far, oldest first, milliseconds.</summary>
    public double[] Voice(Direction direction)
    {
        lock (_lock)
        {
            return [.. direction == Direction.Inbound ? _down : _up];
        }
    }
}
