using Shaper.Engine.Units;

namespace Shaper.Engine.Shaping.Tree;

/// <summary>What guarantees and ceilings of a tree come to on a link of a given rate, in bit/s by class index. Memory fixed at construction.</summary>
/// <remarks>
/// A parent that states no min is guaranteed what its children ask for together. Strict classes get their policed rate before all others.
/// Children that ask for more than their parent is guaranteed are scaled down alike, and marked: nobody's guarantee is broken in silence.
/// </remarks>
public sealed class ClassRates
{
    private readonly ulong[] _asked;
    private readonly ulong[] _guarantee;
    private readonly ulong[] _ceiling;
    private readonly ulong[] _sum;

    internal ClassRates(int classes)
    {
        _asked = new ulong[classes];
        _guarantee = new ulong[classes];
        _ceiling = new ulong[classes];
        _sum = new ulong[classes];
    }

    /// <summary>What the class states, or its children together.</summary>
    public ReadOnlySpan<ulong> Asked => _asked;

    /// <summary>What it really gets when it needs it; below <see cref="Asked"/> where guarantees are overcommitted.</summary>
    public ReadOnlySpan<ulong> Guarantee => _guarantee;

    /// <summary>What it never exceeds: its own max or that of a class above it.</summary>
    public ReadOnlySpan<ulong> Ceiling => _ceiling;

    /// <summary>True if the class is guaranteed less than it states.</summary>
    public bool IsScaledDown(int index) => _guarantee[index] < _asked[index];

    internal void Resolve(ReadOnlySpan<PlannedClass> classes, BitRate link)
    {
        Array.Clear(_sum);
        _asked[0] = _guarantee[0] = _ceiling[0] = link.BitsPerSecond;
        ResolveStated(classes);
        ResolveSums(classes);
        ScaleDown(classes);
    }

    /// <summary>Parents first: a percentage needs the parent's rate. A guarantee not stated is zero here.</summary>
    private void ResolveStated(ReadOnlySpan<PlannedClass> classes)
    {
        for (int i = 1; i < classes.Length; i++)
        {
            PlannedClass planned = classes[i];
            ClassSpec spec = planned.Spec;
            ulong above = _ceiling[planned.Parent];
            ulong own = spec.Max is { } max ? Math.Max(max.BitsOf(above), BitRate.Slowest.BitsPerSecond) : above;
            _ceiling[i] = Math.Min(own, above);
            ulong share = spec.Strict?.Police.BitsOf(above) ?? spec.Min?.BitsOf(MinBase(classes, planned.Parent)) ?? 0;
            _asked[i] = share;
        }
    }

    /// <summary>Children first: parents without a min ask for what their children ask for.</summary>
    private void ResolveSums(ReadOnlySpan<PlannedClass> classes)
    {
        for (int i = classes.Length - 1; i > 0; i--)
        {
            if (classes[i].Spec.Min is null && classes[i].Spec.Strict is null)
            {
                _asked[i] = Math.Min(_sum[i], _ceiling[i]);
            }

            _sum[classes[i].Parent] += _asked[i];
        }
    }

    private void ScaleDown(ReadOnlySpan<PlannedClass> classes)
    {
        ulong strict = 0;
        for (int i = 1; i < classes.Length; i++)
        {
            if (classes[i].Spec.Strict is not null)
            {
                strict += _asked[i];
            }
        }

        for (int i = 1; i < classes.Length; i++)
        {
            int parent = classes[i].Parent;
            if (classes[i].Spec.Strict is not null)
            {
                _guarantee[i] = Math.Min(_asked[i], _guarantee[0]);
                continue;
            }

            ulong taken = parent == 0 ? Math.Min(strict, _guarantee[0]) : 0;
            ulong available = _guarantee[parent] - taken;
            ulong wanted = _sum[parent] - (parent == 0 ? strict : 0);
            _guarantee[i] = wanted <= available ? _asked[i] : (ulong)((UInt128)_asked[i] * available / wanted);
        }
    }

    private ulong MinBase(ReadOnlySpan<PlannedClass> classes, int parent) =>
        parent == 0 || classes[parent].Spec.Min is null ? _ceiling[parent] : _asked[parent];
}
