using System.Globalization;
using Shaper.Engine.Units;

namespace Shaper.Engine.Shaping.Tree;

/// <summary>A rate as an operator states it: absolute, or a percentage of what the parent has.</summary>
/// <remarks>Text form: a rate such as <c>2mbit</c>, or a number and <c>%</c>, above 0 and at most 100, such as <c>30%</c> or <c>12.5%</c>. Immutable.</remarks>
public readonly record struct RateShare
{
    /// <summary>What the text form accepts, for error messages.</summary>
    public const string AcceptedForm = BitRate.AcceptedForm + ", or a percentage of the parent above 0% and up to 100%, such as 30%";

    private RateShare(BitRate rate, double percent, bool isPercent)
    {
        Rate = rate;
        Percent = percent;
        IsPercent = isPercent;
    }

    /// <summary>The absolute rate; zero for a percentage.</summary>
    public BitRate Rate { get; }

    /// <summary>Percent of the parent; zero for an absolute rate.</summary>
    public double Percent { get; }

    public bool IsPercent { get; }

    /// <summary>0 or below, or above 100 %, or a rate that cannot be shaped to: a policy that says so is refused.</summary>
    public bool IsImpossible => IsPercent ? !(Percent > 0 && Percent <= 100) : Rate < BitRate.Slowest || Rate > BitRate.Fastest;

    public static RateShare Of(BitRate rate) => new(rate, 0, false);

    public static RateShare OfPercent(double percent) => new(default, percent, true);

    /// <summary>The rate this is when the parent has <paramref name="parentBits"/> bit/s.</summary>
    public ulong BitsOf(ulong parentBits) => IsPercent ? (ulong)Math.Round(parentBits * (Percent / 100)) : Rate.BitsPerSecond;

    /// <summary>Reads the text form.</summary>
    public static bool TryParse(string? text, out RateShare share)
    {
        share = default;
        if (BitRate.TryParse(text, out BitRate rate))
        {
            share = Of(rate);
            return true;
        }

        if (!UnitText.TrySplit(text, out decimal number, out string unit) || unit != "%" || number <= 0 || number > 100)
        {
            return false;
        }

        share = OfPercent((double)number);
        return true;
    }

    public override string ToString() => IsPercent ? Percent.ToString("0.###", CultureInfo.InvariantCulture) + "%" : Rate.ToString();
}
