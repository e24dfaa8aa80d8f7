using System.Threading.Channels;

namespace Shaper.Engine.Pipeline;

/// <summary>
/// Orders from the control side to the shaping loop: a bounded channel behind one flag, because even an empty channel is a lock to ask, and the loop asks
/// in every breath.
/// </summary>
/// <remarks>
/// <c>_waiting</c> is set by the posting thread after the order is in the channel (release) and cleared by the shaping thread before it empties the
/// channel: an order posted in between sets it again, so none is overlooked.
/// </remarks>
public sealed class CommandBox
{
    /// <summary>Orders that may wait; one more is refused.</summary>
    private const int Capacity = 16;

    private readonly Channel<EngineCommand> _channel =
        Channel.CreateBounded<EngineCommand>(new BoundedChannelOptions(Capacity) { SingleReader = true });

    private bool _waiting;

    /// <summary>Any thread. False when too many orders wait.</summary>
    public bool TryPost(EngineCommand command)
    {
        if (!_channel.Writer.TryWrite(command))
        {
            return false;
        }

        Volatile.Write(ref _waiting, true);
        return true;
    }

    /// <summary>Shaping thread.</summary>
    public bool TryTake(out EngineCommand command)
    {
        if (!Volatile.Read(ref _waiting))
        {
            command = default;
            return false;
        }

        Volatile.Write(ref _waiting, false);
        if (!_channel.Reader.TryRead(out command))
        {
            return false;
        }

        // More may lie behind this one.
        Volatile.Write(ref _waiting, true);
        return true;
    }
}
