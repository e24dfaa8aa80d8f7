using Shaper.Engine.Interop;
using Shaper.Engine.Time;
using Shaper.Engine.Units;

namespace Shaper.Engine.Pipeline;

/// <summary>
/// Drives an engine in real time, on the calling thread or, in three-thread mode, with a capture thread beside it for each port.
/// </summary>
/// <remarks>
/// <see cref="Run"/> takes the traffic over, shapes until told to stop, then hands the traffic back first and sends what is held after: at no
/// moment does nobody, or both, carry a frame. A fault in any loop ends <see cref="Run"/> with that exception; the gate, no longer beaten,
/// has by then handed the wire back by itself.
/// </remarks>
public sealed class LiveLoop
{
    /// <summary>The gate must be beaten well within its 25 ms, so an idle loop wakes this often.</summary>
    private static readonly Duration HeartbeatEvery = Duration.FromMilliseconds(4);

    /// <summary>After this long a stop no longer waits for a port that will not take its frames.</summary>
    private static readonly Duration StopPatience = Duration.FromMilliseconds(250);

    private readonly ShaperEngine _engine;
    private readonly EngineOptions _options;
    private readonly IClock _clock;
    private readonly IWaitStrategy _wait;
    private readonly IWaitStrategy? _wanWait;
    private readonly IWaitStrategy? _lanWait;
    private volatile bool _stopRequested;
    private volatile bool _captureStop;
    private Exception? _captureFault;

    /// <param name="wait">Of the shaping loop; in one-thread mode it also wakes for frames on either port.</param>
    /// <param name="wanWait">Of the WAN port's capture thread; null in one-thread mode.</param>
    /// <param name="lanWait">Of the LAN port's capture thread; null in one-thread mode.</param>
    public LiveLoop(
        ShaperEngine engine, EngineOptions options, IClock clock, IWaitStrategy wait, IWaitStrategy? wanWait = null, IWaitStrategy? lanWait = null)
    {
        if (options.Threads == ThreadMode.Three && (wanWait is null || lanWait is null))
        {
            throw new ArgumentException("Three threads need a wait strategy each.", nameof(options));
        }

        _engine = engine;
        _options = options;
        _clock = clock;
        _wait = wait;
        _wanWait = wanWait;
        _lanWait = lanWait;
    }

    /// <summary>Any thread: makes <see cref="Run"/> step aside, send what is held, and return.</summary>
    public void RequestStop()
    {
        _stopRequested = true;
        _wait.Wake();
    }

    /// <summary>Any thread: makes the loop look at new plans and orders now.</summary>
    public void Nudge() => _wait.Wake();

    /// <summary>Shapes until <see cref="RequestStop"/>.</summary>
    public void Run()
    {
        Thread? wan = null;
        Thread? lan = null;
        ThreadWeight.FavourThis();
        _engine.Loop.Engage(_clock.Now);
        if (_options.Threads == ThreadMode.Three)
        {
            wan = StartCapture("capture-wan", _engine.Inbound.Ingress, _wanWait!);
            lan = StartCapture("capture-lan", _engine.Outbound.Ingress, _lanWait!);
        }

        try
        {
            Breathe();
        }
        finally
        {
            _captureStop = true;
            _wanWait?.Wake();
            _lanWait?.Wake();
            wan?.Join();
            lan?.Join();
        }

        if (_captureFault is not null)
        {
            throw new InvalidOperationException("A capture thread failed: " + _captureFault.Message, _captureFault);
        }
    }

    private void Breathe()
    {
        bool one = _options.Threads == ThreadMode.One;
        Instant giveUp = Instant.Never;
        while (true)
        {
            Instant now = _clock.Now;
            Instant next = one ? _engine.RunOnce(now) : _engine.Loop.RunOnce(now);
            if (_stopRequested)
            {
                if (giveUp == Instant.Never)
                {
                    giveUp = now + StopPatience;
                    _engine.Loop.StepAside(now);
                }

                // Their last look at the ports must come after the release.
                _wanWait?.Wake();
                _lanWait?.Wake();
                if (_engine.IsQuiet(now) || now >= giveUp)
                {
                    return;
                }
            }

            if (next > now)
            {
                _wait.Wait(now, Instant.Min(next, now + HeartbeatEvery));
            }
        }
    }

    private Thread StartCapture(string name, IngressPump pump, IWaitStrategy wait)
    {
        Thread thread = new(() => Capture(pump, wait)) { Name = name, IsBackground = true };
        thread.Start();
        return thread;
    }

    private void Capture(IngressPump pump, IWaitStrategy wait)
    {
        try
        {
            ThreadWeight.FavourThis();
            Instant nextTend = Instant.Zero;
            while (!_captureStop)
            {
                Instant now = _clock.Now;
                if (pump.RunOnce(now) > 0)
                {
                    _wait.Wake();
                }
                else
                {
                    wait.Wait(now, now + Duration.FromMilliseconds(100));
                }

                if (now >= nextTend)
                {
                    nextTend = now + Duration.FromMilliseconds(100);
                    pump.Tend();
                }
            }
        }
#pragma warning disable CA1031 // whatever it is, it must end the shaping loop too, not the process half-way
        catch (Exception fault)
#pragma warning restore CA1031
        {
            _captureFault = fault;
            RequestStop();
        }
    }
}
