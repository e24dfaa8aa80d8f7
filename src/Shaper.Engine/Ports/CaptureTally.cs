using Shaper.Engine.Telemetry;

namespace Shaper.Engine.Ports;

/// <summary>Counts what became of the frames an interface received, the same way for every capture port. A mutable struct: one field, never copied.</summary>
internal struct CaptureTally
{
    private Counter _frames;
    private Counter _bytes;
    private Counter _kernelDrops;
    private Counter _poolEmpty;
    private Counter _oversize;

    public readonly CaptureCounters Read(long reopens) =>
        new(_frames.Value, _bytes.Value, _kernelDrops.Value, _poolEmpty.Value, _oversize.Value, reopens);

    public void Received(int frames, long bytes)
    {
        _frames.Add(frames);
        _bytes.Add(bytes);
    }

    public void PoolEmpty() => _poolEmpty.Increment();

    public void Oversize() => _oversize.Increment();

    /// <param name="total">The kernel's drops since the port was opened.</param>
    public void KernelDropsAre(long total) => _kernelDrops.Add(total - _kernelDrops.Value);
}
