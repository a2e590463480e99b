#pragma once

/*
 * A one-sided tolerance bound of a fit: a value that is above a stated share (the *content*) of all observations at a
 * place, with a stated confidence, though both the fit and the spread are known from few observations only.
 *
 * If the residuals are normal, value + K * s is that bound, where s is the residuals' standard deviation and K solves
 *
 *     P(d * Z + z <= K * U) = confidence
 *
 * with z the content's quantile of the normal distribution, Z standard normal, U^2 chi-square over its freedom, and d^2
 * the *leverage*: the variance of the fitted value by that of an observation. K / d is the quantile of the noncentral t
 * distribution with noncentrality z / d (Owen 1968; ISO 16269-6). Of the mean of n values, d^2 is 1 / n.
 */

/* `freedom` >= 1, `leverage` > 0, `content` from 0.5 and `confidence` between 0 and 1. NaN otherwise, and on ENOMEM. */
double tolerance_factor(double freedom, double leverage, double content, double confidence);
