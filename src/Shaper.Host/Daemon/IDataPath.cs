using Shaper.Host.Control;

namespace Shaper.Host.Daemon;

/// <summary>
/// A shaper with its ports open: what the daemon starts, watches and ends. Disposing puts back everything that opening changed on the machine.
/// </summary>
internal interface IDataPath : IShaperControl, IDisposable
{
    /// <summary>What the operator should know of how it was opened, a line each.</summary>
    IReadOnlyList<string> Notes { get; }

    /// <summary>Whether the kernel bridge is still there to carry the traffic after the end.</summary>
    bool WireOutlivesRun { get; }

    /// <summary>Takes the traffic over.</summary>
    void Start();

    /// <summary>Ends when the shaping loop has ended; faulted when it failed.</summary>
    Task Completion { get; }

    /// <summary>Turns of the shaping loop so far. Cheap; the watchdog asks whether it grows.</summary>
    long Breaths { get; }

    /// <summary>Hands the traffic back first, sends what is held, ends the loop. Returns at once; <see cref="Completion"/> follows.</summary>
    void RequestStop();
}
