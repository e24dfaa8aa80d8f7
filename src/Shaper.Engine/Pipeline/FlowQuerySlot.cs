namespace Shaper.Engine.Pipeline;

/// <summary>Where one question for flows waits for the shaping loop: one reference, so asking is one compare-and-swap and looking is one load.</summary>
/// <remarks>A question that is answered, or withdrawn because nobody waits for it any more, makes room for the next.</remarks>
public sealed class FlowQuerySlot
{
    private FlowQuery? _asked;

    internal FlowQuery? Asked => Volatile.Read(ref _asked);

    /// <summary>Any thread. False while another question is being answered.</summary>
    public bool TryAsk(FlowQuery query) => Interlocked.CompareExchange(ref _asked, query, null) is null;

    /// <summary>Any thread: takes a question back, answered or not. What the shaping thread is still writing of it goes nowhere.</summary>
    public void Withdraw(FlowQuery query) => Interlocked.CompareExchange(ref _asked, null, query);
}
