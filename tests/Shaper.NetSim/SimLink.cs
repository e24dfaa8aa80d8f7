using Shaper.Engine.Units;

namespace Shaper.NetSim;

/// <summary>One direction of a link: a drop-tail FIFO in bytes, a serialiser, then a fixed delay. A null rate means no serialiser and no queue.</summary>
public sealed class SimLink(SimEvents events, BitRate? rate, Duration delay, long fifoBytes, Action<byte[]> deliver)
{
    private readonly Queue<byte[]> _fifo = new();
    private bool _busy;

    public long QueuedBytes { get; private set; }

    public long SentFrames { get; private set; }

    public long SentBytes { get; private set; }

    public long DroppedFrames { get; private set; }

    public long PeakQueuedBytes { get; private set; }

    public void Send(byte[] frame)
    {
        if (rate is null)
        {
            Deliver(frame);
            return;
        }

        if (QueuedBytes + frame.Length > fifoBytes)
        {
            DroppedFrames++;
            return;
        }

        _fifo.Enqueue(frame);
        QueuedBytes += frame.Length;
        PeakQueuedBytes = Math.Max(PeakQueuedBytes, QueuedBytes);
        if (!_busy)
        {
            Serialise();
        }
    }

    private void Serialise()
    {
        _busy = true;
        byte[] frame = _fifo.Peek();
        events.After(rate!.Value.TimeFor(frame.Length), () =>
        {
            _fifo.Dequeue();
            QueuedBytes -= frame.Length;
            _busy = false;
            Deliver(frame);
            if (_fifo.Count > 0)
            {
                Serialise();
            }
        });
    }

    private void Deliver(byte[] frame)
    {
        SentFrames++;
        SentBytes += frame.Length;
        if (delay == Duration.Zero)
        {
            deliver(frame);
        }
        else
        {
            events.After(delay, () => deliver(frame));
        }
    }
}
