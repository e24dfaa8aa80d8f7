namespace Shaper.Host.Policy;

/// <summary>How acknowledgements without data are treated where they wait. Immutable.</summary>
/// <param name="Rank">They count a quarter of their bytes, so that they stay ahead of data. Null: outbound on a slow link.</param>
/// <param name="Thin">One may give way to the next of its connection that says all it said.</param>
internal sealed record PolicyAcks(bool? Rank, bool Thin)
{
    public static PolicyAcks Default { get; } = new(Rank: null, Thin: false);

    /// <summary>Reads the section "acks".</summary>
    public static PolicyAcks Read(PolicyKeys file)
    {
        if (file.Group("acks") is not { } keys)
        {
            return Default;
        }

        PolicyAcks acks = new(
            keys.One<bool>("rank", PolicyTerms.TrySwitch, PolicyTerms.SwitchForm),
            keys.One<bool>("thin", PolicyTerms.TrySwitch, PolicyTerms.SwitchForm) ?? Default.Thin);
        keys.RefuseOthers();
        return acks;
    }
}
